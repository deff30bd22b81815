import {
  ActivityFailure,
  proxySinks,
  setCurrentDetails,
  setHandler,
  TimeoutFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  createSweepTally,
  sweepRequestSchema,
  describeSweep,
} from '../../src/access/model/sweep.ts';
import type { Swept, SweepRequest, SweptPart } from '../../src/access/model/sweep.ts';
import { sweepOn, sweepProofsOn } from '../activities.ts';
import { isRunOf, progressQuery, proofQueue, SEARCH_ATTRIBUTES, sweepId } from '../contract.ts';
import type { MeterSinks, StateOf } from '../contract.ts';
import { asFailure, readRequest } from '../failure.ts';
import { assertOwnId } from '../own-id.ts';

const { purser } = proxySinks<MeterSinks>();

/**
 * Finds what ended runs of this installation left on a target. Removes what certainly has no owner: Secrets,
 * tokens and canaries of ended runs, and bindings whose report says that the run failed. If the evidence is
 * missing, it reports the thing instead (docs/decisions/0020).
 *
 * Input: {@link SweepRequest}. Result: {@link Swept}, at most some 100 KB.
 */
export async function sweep(input: SweepRequest): Promise<Swept> {
  const { target } = readRequest(sweepRequestSchema, input);
  const id = sweepId(target);
  assertOwnId(id, (given) => given === id || isRunOf(id, given));
  const startedAt = workflowInfo().startTime.toISOString();
  show(target, 'running', `Sweeping ${target}: looking for what ended runs have left …`);
  setHandler(progressQuery, () => ({ steps: [], running: 'sweep' }));
  try {
    const [bindings, proofs] = await Promise.all([
      sweepOn(target).sweepBindings.executeWithOptions(
        { summary: 'sweep the bindings of failed runs' },
        [],
      ),
      sweepProofs(target),
    ]);
    const parts = [bindings, ...proofs];
    meter(target, parts);
    const isClean = parts.every(({ reported, unseen }) => reported.count + unseen.length === 0);
    show(target, isClean ? 'clean' : 'needs-attention', describeSweep({ parts }).join('\n'));
    return { target, startedAt, endedAt: new Date().toISOString(), parts };
  } catch (error) {
    show(
      target,
      'failed',
      'The sweep failed; the result has the error. The next sweep checks everything again.',
    );
    throw asFailure(error, target);
  }
}

// The things of proofs need the rights of proofs. A separate worker may have them, and it may not be running.
async function sweepProofs(target: string): Promise<readonly SweptPart[]> {
  try {
    const summary = 'sweep the Secrets, tokens and canaries of ended proofs';
    const { parts } = await sweepProofsOn(target).sweepProofs.executeWithOptions({ summary }, []);
    return parts;
  } catch (error) {
    if (!hasNoWorker(error)) throw error;
    return (['secret', 'token', 'canary'] as const).map((kind) => {
      const tally = createSweepTally(kind);
      tally.cannotLook(
        `no worker for proofs answered within a minute (task queue ${proofQueue(target)})`,
      );
      return tally.part();
    });
  }
}

function hasNoWorker(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

function meter(target: string, parts: readonly SweptPart[]): void {
  for (const { kind, removed, reported } of parts) {
    purser.meter('purser_sweep_findings', removed.count, { target, kind, did: 'removed' });
    purser.meter('purser_sweep_findings', reported.count, { target, kind, did: 'reported' });
  }
  purser.meter('purser_sweep_run_timestamp_seconds', Date.now() / 1_000, { target });
}

function show(target: string, state: StateOf<'sweep'>, details: string): void {
  setCurrentDetails(details);
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.target, value: target },
    { key: SEARCH_ATTRIBUTES.state, value: state },
  ]);
}
