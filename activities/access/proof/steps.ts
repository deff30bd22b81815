import { CallFailure } from '../../../src/domain/wire/call-failure.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import type { Cause } from '../../../src/domain/cause.ts';
import type { Step, StepOutcome } from '../../../src/domain/step.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { MetricsTextError } from '../../../src/registry/metrics-text.ts';
import { isPassing } from '../../attempt.ts';
import type { Attempt } from '../../attempt.ts';

/** The result of an act. An act that throws has failed. */
export interface StepResult {
  readonly outcome?: StepOutcome;
  readonly detail: string;
  readonly cause?: Cause;
}

/** The steps of one proof as they happen, and its findings. */
export interface Recorder {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /** The first temporary failure, such as no response, 429 or 5xx. */
  readonly passing: Passing | undefined;
  /** Runs one step, and records its result and duration. Throws only what aborts the whole proof. */
  run(name: string, action: () => Promise<StepResult>): Promise<Step>;
  /** Records steps that could not be tried, each with the same reason. */
  skip(names: readonly string[], why: string): void;
  addFinding(finding: Finding): void;
}

/** A failure that may not occur in another attempt. */
export interface Passing {
  readonly step: string;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;
}

/** Decides whether an error ends the whole proof, or only the step. */
export type StepLimits = Pick<Attempt, 'signal' | 'isOutOfTime'>;

/**
 * `show` gets the steps after each one, for the heartbeat. If the attempt's time ends during an act, the
 * act counts as not tried, which says nothing about the subject.
 */
export function createRecorder(
  { signal, isOutOfTime }: StepLimits,
  show: (steps: readonly Step[]) => void,
): Recorder {
  const steps: Step[] = [];
  const findings: Finding[] = [];
  let passing: Passing | undefined;
  const tooLate = (step: string): StepResult => {
    const detail = 'Purser ran out of time: one attempt of a proof may take no longer';
    passing ??= { step, detail, retryAfterMs: undefined };
    return { outcome: 'not-tried', detail, cause: 'timeout' };
  };
  const record = (step: Step) => {
    steps.push(step);
    show(steps);
    return step;
  };
  return {
    steps,
    findings,
    get passing() {
      return passing;
    },
    addFinding: (finding) => {
      // An act that is repeated within its step adds the same finding again.
      if (!findings.some(({ text }) => text === finding.text)) findings.push(finding);
    },
    skip: (names, why) => {
      for (const name of names) record({ name, outcome: 'not-tried', detail: why, durationMs: 0 });
    },
    run: async (name, act) => {
      const began = performance.now();
      const result = await act().catch((error: unknown) => {
        // A response that the registry gave before the end of the time counts.
        if (isOutOfTime() && !(error instanceof RegistryFailure)) return tooLate(name);
        if (signal.aborted && !isOutOfTime()) throw error;
        const failure = resultOfFailure(error);
        if (mayPass(error)) {
          passing ??= { step: name, detail: failure.detail, retryAfterMs: retryAfterOf(error) };
        }
        return failure;
      });
      const durationMs = Math.round(performance.now() - began);
      return record({ name, outcome: 'passed', ...result, durationMs });
    },
  };
}

function resultOfFailure(error: unknown): StepResult {
  // Purser's own call failed: the step was not tried, which says nothing about the subject's rights.
  if (error instanceof ClusterFailure || isCredentials(error)) {
    return {
      outcome: 'not-tried',
      detail: `Purser could not find out: ${error.message}`,
      cause: 'probe',
    };
  }
  if (error instanceof RegistryFailure) {
    // A response of a front before the registry says nothing about the subject's rights, either.
    const isTried = error.failureCause !== 'probe' && !error.isOfFront;
    const outcome = isTried ? 'failed' : 'not-tried';
    return { outcome, detail: error.message, cause: error.failureCause };
  }
  if (error instanceof MetricsTextError || isNotConfigured(error)) {
    return { outcome: 'failed', detail: error.message, cause: 'configuration' };
  }
  // A bug of Purser must not look like a fault of the registry: the activity fails, and is retried.
  throw error;
}

const PASSING: readonly Cause[] = [
  'dns',
  'tcp',
  'timeout',
  'rate-limited',
  'server-error',
  'probe',
];

function mayPass(error: unknown): boolean {
  return error instanceof RegistryFailure ? PASSING.includes(error.failureCause) : isPassing(error);
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof CallFailure ? error.retryAfterMs : undefined;
}

function isNotConfigured(error: unknown): error is PurserError {
  return error instanceof PurserError && error.type === 'NotConfigured';
}

function isCredentials(error: unknown): error is PurserError {
  return error instanceof PurserError && error.type === 'CredentialsUnavailable';
}
