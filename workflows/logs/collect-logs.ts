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
type Plan = Awaited<ReturnType<Activities['planCollection']>>;

// Each takes a connection to the API server and the time of a core; the API server takes the rest.
const AT_ONCE = 3;
const ROUNDS_AT_MOST = 3;
const WAIT_AT_MOST_MS = 60 * 60_000;

/**
 * Collects the logs of a target into one bundle: what is new since the last one, of each container
 * that purser.yaml chooses. Sealing the bundle is the one step that commits; whatever fails before
 * leaves the place where it was, and the next collection catches up.
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

// A health check that finds a failure names its time.
function isOfFailure({ target }: CollectLogsRequest, workflowId: string): boolean {
  const prefix = failureLogsId(target, '');
  return workflowId.startsWith(prefix) && isTime(workflowId.slice(prefix.length));
}

// Around a failure: what follows it is to be in the bundle as well.
async function waitFor(until: string | undefined, view: LogProgressView): Promise<void> {
  const ms = until === undefined ? 0 : Date.parse(until) - Date.now();
  if (ms <= 0) return;
  view.running(`waiting until ${until}`);
  await sleep(Math.min(ms, WAIT_AT_MOST_MS), { summary: `collect the lines until ${until}, too` });
}

// Two collections at once would take the same lines. The one that is sealed second notices, throws
// its own away, and goes on from the other's end.
async function collectInRounds(
  request: CollectLogsRequest,
  view: LogProgressView,
): Promise<Collected> {
  const planning = { summary: 'what is new in the logs?' };
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
  plan: Plan,
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

  view.running('sealing');
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

type Source = Awaited<ReturnType<Activities['collectContainerLog']>>['source'];

// One pod that cannot be read is said in the manifest; where none can, nothing was collected.
function assertSomethingRead(sources: readonly Source[]): void {
  const [first] = sources;
  if (first?.failure === undefined || !sources.every(({ failure }) => failure !== undefined))
    return;
  const { type, message } = first.failure;
  throw ApplicationFailure.nonRetryable(
    `none of the ${sources.length} containers could be read, so nothing was sealed; the first: ${message}`,
    type,
  );
}

// What is left of a bundle that was not sealed is cleared away by the next collection, if not here.
async function discard(target: string, { bundle, after }: Plan): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const options = { summary: `clear away ${bundle}, which was not sealed`, ...ONCE };
    await logsOn(target, '10 minutes')
      .discardBundle.executeWithOptions(options, [{ bundle, after }])
      .catch(() => {});
  });
}

const ONCE = { retry: { maximumAttempts: 2 } } as const;

// The bundle is sealed: an archive that refuses to delete an old one is the next collection's matter.
async function pruneOldBundles(target: string): Promise<Collected['retained']> {
  const options = { summary: 'which bundles have outlived logs.keep?', ...ONCE };
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
