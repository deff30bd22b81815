import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  sleep,
} from '@temporalio/workflow';
import { collectLogsRequestSchema } from '../../src/logs/model/collect-request.ts';
import type { Collected, CollectLogsRequest } from '../../src/logs/model/collect-request.ts';
import type { createLogActivities } from '../../activities/logs/activities.ts';
import { firstLogsOn, logsOn } from '../activities.ts';
import { failureLogsId, isRunOf, isTime, logsId } from '../contract.ts';
import { asFailure, readRequest } from '../failure.ts';
import { assertOwnId } from '../own-id.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { createLogProgressView } from './progress-view.ts';
import type { LogProgressView } from './progress-view.ts';

type Activities = ReturnType<typeof createLogActivities>;
type PlannedCollection = Awaited<ReturnType<Activities['planCollection']>>;

// Each needs a connection to the API server and CPU time of the worker.
const AT_ONCE = 3;
const ROUNDS_AT_MOST = 3;
const WAIT_AT_MOST_MS = 60 * 60_000;

/**
 * Collects the logs of a target into one bundle: what is new since the last one, of each container
 * that purser.yaml chooses. Only the sealing of the bundle commits. After a failure before it,
 * the next collection begins where this one began.
 *
 * Input: {@link CollectLogsRequest}. Result: {@link Collected}, a few KB.
 */
export async function collectLogs(input: CollectLogsRequest): Promise<Collected> {
  const request = readRequest(collectLogsRequestSchema, input);
  const id = logsId(request.target);
  assertOwnId(id, (given) => given === id || isRunOf(id, given) || isOfFailure(request, given));
  const view = createLogProgressView(request);
  try {
    await waitFor(request.until, view);
    const collected = await collectInRounds(request, view);
    view.state('collected');
    return collected;
  } catch (error) {
    view.state('failed');
    throw asFailure(error, request.target);
  }
}

// The collection around a failure has the time of the health check in its id.
function isOfFailure({ target }: CollectLogsRequest, workflowId: string): boolean {
  const prefix = failureLogsId(target, '');
  return workflowId.startsWith(prefix) && isTime(workflowId.slice(prefix.length));
}

// The bundle around a failure also has the lines after it.
async function waitFor(until: string | undefined, view: LogProgressView): Promise<void> {
  const ms = until === undefined ? 0 : Date.parse(until) - Date.now();
  if (ms <= 0) return;
  view.running(`waiting until ${until} for the lines after the failure`);
  await sleep(Math.min(ms, WAIT_AT_MOST_MS), { summary: `wait for the lines until ${until}` });
}

// Two collections at once read the same lines. The one that is sealed second detects this, deletes its own
// bundle, and starts again after the end of the other.
async function collectInRounds(
  request: CollectLogsRequest,
  view: LogProgressView,
): Promise<Collected> {
  const planning = { summary: 'find new log lines' };
  for (let round = 1; ; round += 1) {
    view.running('looking for new log lines');
    const plan = await firstLogsOn(request.target).planCollection.executeWithOptions(planning, [
      { request },
    ]);
    try {
      return await collectOnce(request, plan, view);
    } catch (error) {
      await discard(request.target, plan);
      if (round === ROUNDS_AT_MOST || !isConflict(error)) throw error;
      view.startOver();
    }
  }
}

async function collectOnce(
  request: CollectLogsRequest,
  plan: PlannedCollection,
  view: LogProgressView,
): Promise<Collected> {
  const { target } = request;
  const { bundle, until } = plan;
  view.expect(plan.runs.length + plan.events.length);
  for (const { place, gap } of plan.lost) view.lost(place, gap);
  const collected = await mapConcurrently(AT_ONCE, plan.runs, async (planned) => {
    const { namespace, pod, container } = planned.run;
    const name = `${pod}/${container}${planned.isPrevious ? ' (run before)' : ''}`;
    const options = { summary: `read ${name} in ${namespace}` };
    return view.source(name, () =>
      logsOn(target, '3 hours').collectContainerLog.executeWithOptions(options, [
        { bundle, until, planned },
      ]),
    );
  });
  const events = await mapConcurrently(AT_ONCE, plan.events, async (planned) => {
    const options = { summary: `read the events of ${planned.namespace}` };
    return view.source(`events of ${planned.namespace}`, () =>
      logsOn(target, '10 minutes').collectEvents.executeWithOptions(options, [{ bundle, planned }]),
    );
  });
  assertSomethingRead(collected.map(({ source }) => source));

  view.running('indexing and sealing the bundle');
  const sealing = { summary: `index and seal ${bundle}` };
  const summary = await logsOn(target, '3 hours').sealBundle.executeWithOptions(sealing, [
    { plan, collected, events, request },
  ]);
  view.sealed(summary);
  const retained = await pruneOldBundles(target);
  if (retained === undefined) return summary;
  view.retained(retained);
  return { ...summary, retained };
}

type CollectedLogSource = Awaited<ReturnType<Activities['collectContainerLog']>>['source'];

// The manifest names a pod that cannot be read. If none can be read, nothing was collected.
function assertSomethingRead(sources: readonly CollectedLogSource[]): void {
  const [first] = sources;
  if (first?.failure === undefined || !sources.every(({ failure }) => failure !== undefined))
    return;
  const { type, message } = first.failure;
  throw ApplicationFailure.nonRetryable(
    `none of the ${sources.length} containers could be read, so nothing was sealed; the first: ${message}`,
    type,
  );
}

// If this fails, the next collection deletes the remains of the unsealed bundle.
async function discard(target: string, { bundle, after }: PlannedCollection): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const options = { summary: `delete ${bundle}, which was not sealed`, ...ONCE };
    await logsOn(target, '10 minutes')
      .discardBundle.executeWithOptions(options, [{ bundle, after }])
      .catch(() => {});
  });
}

const ONCE = { retry: { maximumAttempts: 2 } } as const;

// The bundle is sealed. If the archive does not delete an old one, the next collection tries again.
async function pruneOldBundles(target: string): Promise<Collected['retained']> {
  const options = { summary: 'delete bundles that are older than logs.keep', ...ONCE };
  try {
    const pruned = await logsOn(target, '10 minutes').pruneBundles.executeWithOptions(options, []);
    const { removed, held = 0 } = pruned;
    return removed.length + held > 0 ? { removed: removed.length, held } : undefined;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return undefined;
  }
}

function isConflict(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === 'Conflict';
}
