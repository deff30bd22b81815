import { ClusterFailure } from '../../src/cluster/api/failure.ts';
import type { Cause } from '../../src/domain/cause.ts';
import type { Step, StepOutcome } from '../../src/domain/report.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { RegistryFailure } from '../../src/registry/failure.ts';
import { MetricsTextError } from '../../src/registry/metrics-text.ts';

/** What an act says of itself; one that throws has failed. */
export interface Told {
  readonly outcome?: StepOutcome;
  readonly detail: string;
  readonly cause?: Cause;
}

/** The steps of one proof as they happen, and what is worth telling besides. */
export interface Recorder {
  readonly steps: readonly Step[];
  readonly findings: readonly string[];
  /** Runs one step, times it, and keeps what came of it. Throws only what aborts the whole proof. */
  run(name: string, act: () => Promise<Told>): Promise<Step>;
  /** Keeps steps that could not be tried, each with the same reason. */
  skip(names: readonly string[], why: string): void;
  find(finding: string): void;
}

/** `show` is told the steps after each one, for the heartbeat. */
export function createRecorder(
  signal: AbortSignal,
  show: (steps: readonly Step[]) => void,
): Recorder {
  const steps: Step[] = [];
  const findings: string[] = [];
  const keep = (step: Step) => {
    steps.push(step);
    show(steps);
    return step;
  };
  return {
    steps,
    findings,
    find: (finding) => void findings.push(finding),
    skip: (names, why) => {
      for (const name of names) keep({ name, outcome: 'not-tried', detail: why, durationMs: 0 });
    },
    run: async (name, act) => {
      const began = performance.now();
      const told = await act().catch((error: unknown) => {
        if (signal.aborted) throw error;
        return failed(error);
      });
      const durationMs = Math.round(performance.now() - began);
      return keep({ name, outcome: 'passed', ...told, durationMs });
    },
  };
}

function failed(error: unknown): Told {
  if (error instanceof RegistryFailure || error instanceof ClusterFailure) {
    return { outcome: 'failed', detail: error.message, cause: error.why };
  }
  if (error instanceof MetricsTextError || isNotConfigured(error)) {
    return { outcome: 'failed', detail: error.message, cause: 'configuration' };
  }
  // A fault of ours must not pass for the registry's: let the activity fail, and be tried again.
  throw error;
}

function isNotConfigured(error: unknown): error is PurserError {
  return error instanceof PurserError && error.type === 'NotConfigured';
}
