import { setTimeout as sleep } from 'node:timers/promises';
import { canaryStream } from '../../../src/access/canaries.ts';
import type { ProofStep } from '../../../src/access/model/proof/plan.ts';
import { CANARY } from '../../../src/registry/canary.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { parseMetrics } from '../../../src/registry/metrics-text.ts';
import { canaryOf, prepareCanary, pushCanary, TAG, removeCanary } from './images/canary.ts';
import { pull } from './images/pull.ts';
import type { StepResult } from './steps.ts';
import type { Trial } from './context.ts';

// Another API server than the one that took the binding may need a moment to know it; the effect was
// measured at 0.1 s (openshift-facts.md 10.5).
const GRANT_ARRIVES_WITHIN_MS = 3_000;

/** Carries out one act that must be allowed. Throws a RegistryFailure if it is not. */
export async function perform(trial: Trial, act: ProofStep): Promise<StepResult> {
  if (act.do === 'metrics') return retryWhileDenied(trial.signal, () => readMetrics(trial));
  if (act.do === 'push') return retryWhileDenied(trial.signal, () => push(trial, act.namespace));
  if (act.do === 'pull') return retryWhileDenied(trial.signal, () => pull(trial, act.namespace));
  throw new RangeError(`${act.do} is not an act that must be allowed`);
}

async function push(trial: Trial, namespace: string): Promise<StepResult> {
  const { target, session, asSubject, mark, signal } = trial;
  const repository = `${namespace}/${canaryStream(mark.proof)}`;
  try {
    const why = await prepareCanary(target, canaryOf(mark, namespace), asSubject, signal);
    if (why !== undefined) return why;
    await pushCanary(session, repository, signal);
    target.at('canary pushed');
    const { digest } = await session.getManifest(repository, TAG, signal);
    if (digest !== CANARY.manifest.digest) {
      return {
        outcome: 'failed',
        cause: 'storage',
        detail: `${repository}:${TAG} came back as ${digest} and was pushed as ${CANARY.manifest.digest}`,
      };
    }
    await session.getBlob(repository, CANARY.layer, signal);
    return { detail: `the canary was pushed to ${repository}, pulled back and compared` };
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.failureCause !== 'quota') throw error;
    return { outcome: 'not-tried', cause: 'quota', detail: error.message };
  } finally {
    await removeCanary(trial, namespace);
  }
}

async function readMetrics({ session, signal }: Trial): Promise<StepResult> {
  const { samples } = parseMetrics(await session.metrics(signal));
  return { detail: `/extensions/v2/metrics answered with ${samples.length} samples` };
}

/** Retries while the grant may not have taken effect everywhere yet. */
async function retryWhileDenied(
  signal: AbortSignal,
  act: () => Promise<StepResult>,
): Promise<StepResult> {
  const until = Date.now() + GRANT_ARRIVES_WITHIN_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const isDenied = error instanceof RegistryFailure && error.failureCause === 'forbidden';
      if (!isDenied || Date.now() >= until) throw error;
      await sleep(100, undefined, { signal });
    }
  }
}
