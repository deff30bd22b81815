import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CallFailure } from '../../src/domain/wire/call-failure.ts';
import { ClusterFailure } from '../../src/kubernetes/api/failure.ts';
import { errorMessage, PurserError } from '../../src/domain/errors.ts';
import { CHECKS, verdictOf } from '../../src/health/model/checks.ts';
import type { CheckName, CheckResult } from '../../src/health/model/checks.ts';
import { notChecked, note } from '../../src/health/findings.ts';
import type { CheckFindings } from '../../src/health/findings.ts';
import { abortable } from '../../src/net/dial.ts';
import type { ProviderChecks } from '../identity/providers.ts';
import type { Target } from '../target.ts';
import type { Examination, Examined } from './examination.ts';
import { checkEndpoint } from './checks/endpoint.ts';
import { checkIdentityProviders } from './checks/identity.ts';
import { checkMetrics } from './checks/metrics.ts';
import { checkOperator } from './checks/operator.ts';
import { checkPods } from './checks/pods.ts';
import { createCheckContext } from './check-context.ts';
import type { CheckContext } from './check-context.ts';
import { checkWorkload } from './checks/workload.ts';
import { checkWritePath } from './checks/write-path.ts';

/**
 * One check. `memory` is what it returned as its memory in the last run, undefined if there is none.
 * If it throws, its result is `unknown`.
 */
type Check = (
  context: CheckContext,
  memory: unknown,
  signal: AbortSignal,
) => Promise<CheckFindings>;

interface CheckRule {
  readonly check: Check;
  /** For one try. Longer than each wait in it, so that the finding can name what did not answer. */
  readonly withinMs: number;
  /** A first failure is tried again within the run: a single failed request is no outage. */
  readonly confirm?: true;
}

const RULES: Readonly<Record<CheckName, CheckRule>> = {
  pods: { check: checkPods, withinMs: 20_000 },
  workload: { check: checkWorkload, withinMs: 20_000 },
  operator: { check: checkOperator, withinMs: 20_000 },
  endpoint: { check: checkEndpoint, withinMs: 30_000, confirm: true },
  'write-path': { check: checkWritePath, withinMs: 40_000, confirm: true },
  metrics: { check: checkMetrics, withinMs: 30_000 },
  identity: { check: checkIdentityProviders, withinMs: 30_000 },
};

const MAX_TRIES = 3;

/**
 * Milliseconds in which a run returns its results, with both pauses of 10 s and the tries of a registry
 * that hangs. Less than the time of its activity (activities/attempt.ts), which would return none.
 */
export const RUN_WITHIN_MS = 100_000;

interface ExaminationContext {
  /** Shared with the target's onboardings; if absent, the run makes its own. */
  readonly providers?: ProviderChecks;
  /** `<workflow id>/<run id>`. */
  readonly run: string;
  readonly signal: AbortSignal;
  /** Called with the checks that are still running. */
  readonly show: (progress: unknown) => void;
}

/** Runs the checks side by side. Throws only the reason of `signal`. */
export async function examine(
  target: Target,
  { checks = CHECKS, memory }: Examination,
  { run: runId, providers, signal, show }: ExaminationContext,
): Promise<Examined> {
  const whole = AbortSignal.any([signal, AbortSignal.timeout(RUN_WITHIN_MS)]);
  const context = createCheckContext(target, whole, runId, providers);
  const running = new Set<CheckName>(checks);
  try {
    show({ running: [...running] });
    const results = await Promise.all(
      checks.map(async (name) => {
        const result = await run(name, { context, memory: memory[name], signal: whole });
        running.delete(name);
        show({ running: [...running] });
        return result;
      }),
    );
    signal.throwIfAborted();
    return { results, apiRequests: context.apiRequests() };
  } finally {
    await context.close();
  }
}

// What a check remembers, and whether it failed in the last run: then this failure is not the first.
const memorySchema = z.object({ own: z.unknown().optional(), failing: z.boolean().optional() });

interface CheckArguments {
  readonly context: CheckContext;
  readonly memory: unknown;
  readonly signal: AbortSignal;
}

async function run(
  name: CheckName,
  { context, memory, signal }: CheckArguments,
): Promise<CheckResult> {
  const { own, failing = false } = memorySchema.safeParse(memory).data ?? {};
  const { confirm } = RULES[name];
  const pauseMs = context.target.health.probe.retryAfterSeconds * 1_000;
  const first = await tryOnce(name, { context, memory: own, signal });
  if (confirm !== true || failing || first.verdict !== 'unhealthy') return first;
  let last = first;
  for (let count = 2; count <= MAX_TRIES && last.verdict === 'unhealthy'; count += 1) {
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return first;
    last = await tryOnce(name, { context, memory: own, signal });
  }
  if (last.verdict === 'unhealthy') return { ...last, confirmed: true };
  const passed = first.findings.filter(({ severity }) => severity === 'error');
  const notes = passed.map(({ cause, text }) => note(cause, `passed by itself: ${text}`));
  return { ...last, findings: [...last.findings, ...notes] };
}

async function tryOnce(
  name: CheckName,
  { context, memory, signal }: CheckArguments,
): Promise<CheckResult> {
  const began = performance.now();
  const checked = await runCheck(name, { context, memory, signal });
  const verdict = verdictOf(checked.findings);
  const durationMs = Math.round(performance.now() - began);
  // A check that could not be made keeps its memory.
  const own = verdict === 'unknown' ? (checked.memory ?? memory) : checked.memory;
  const nextMemory = {
    ...(verdict === 'unhealthy' ? { failing: true } : {}),
    ...(own === undefined ? {} : { own }),
  };
  const isNothing = Object.keys(nextMemory).length === 0;
  return {
    check: name,
    verdict,
    ...checked,
    durationMs,
    memory: isNothing ? undefined : nextMemory,
  };
}

async function runCheck(
  name: CheckName,
  { context, memory, signal }: CheckArguments,
): Promise<CheckFindings> {
  const { check, withinMs } = RULES[name];
  const limit = AbortSignal.timeout(withinMs);
  const limited = AbortSignal.any([signal, limit]);
  try {
    return await abortable(check(context, memory, limited), limited);
  } catch (error) {
    const isLate = limit.aborted || signal.aborted;
    const text = isLate ? `${name} timed out after ${withinMs / 1_000} s` : reasonOf(error);
    return { findings: [notChecked(text, adviceOn(error))], measurements: {} };
  }
}

function reasonOf(error: unknown): string {
  // These errors say what was tried and what came back, and hold no secret.
  if (error instanceof CallFailure || error instanceof PurserError) return error.message;
  return `Purser itself failed: ${errorMessage(error)}`;
}

function adviceOn(error: unknown): string | undefined {
  const isForbidden = error instanceof ClusterFailure && error.status === 403;
  return isForbidden
    ? 'apply deploy/rbac/option-health.yaml: it holds the rights of the health checks'
    : undefined;
}
