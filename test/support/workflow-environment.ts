// Workflows as they are, on a Temporal server of the test's own. Only the activities are stubs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { activityInfo, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { resolveProgram } from '../../sandbox/programs/resolve.ts';
import { createLogger } from '../../src/temporal/logging.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { createWorkerSpecs } from '../../src/worker.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import type { Labels, MeterName } from '../../workflows/contract.ts';
import type { Activities } from './activity-types.ts';
import { unusedCluster } from './unused-cluster.ts';

export type Stubs = {
  readonly [Name in keyof Activities]?: (
    input: Parameters<Activities[Name]>[0],
  ) => Awaited<ReturnType<Activities[Name]>> | Promise<Awaited<ReturnType<Activities[Name]>>>;
};

export interface Call {
  readonly name: string;
  readonly input: unknown;
}

export interface Metered {
  readonly name: MeterName;
  readonly value: number;
  readonly labels: Labels;
}

/** Serves the target `prod`. Names of activities and their task queues are the product's own. */
export interface WorkflowEnvironment {
  readonly client: Client;
  /** Of the Temporal server. */
  readonly address: string;
  /** Every attempt of an activity since the last {@link stub}, in the order in which they began. */
  readonly calls: readonly Call[];
  readonly meters: readonly Metered[];
  /** What the activities do from now on. One without a stub fails for good. */
  stub(stubs: Stubs): void;
  close(): Promise<void>;
}

/** `interceptors` are files of `test/acceptance/support` that make workflows take less time. */
export async function openWorkflowEnvironment(
  ...interceptors: readonly string[]
): Promise<WorkflowEnvironment> {
  const logger = createLogger('fatal');
  installRuntime(logger, undefined);
  const never = new AbortController().signal;
  const file = await resolveProgram('temporal', { progress: () => {}, signal: never });
  const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const [bundle, server] = await Promise.all([
    bundleWorkflowCode({
      workflowsPath: at('../../workflows/index.ts'),
      workflowInterceptorModules: interceptors.map((name) => at(`../acceptance/support/${name}`)),
      logger,
    }),
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: file },
        searchAttributes: Object.values(SEARCH_ATTRIBUTES),
        log: { format: 'json', level: 'error' },
      },
    }),
  ]);
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-runs-test-'));
  const state = { stubs: {} as Stubs, calls: [] as Call[], meters: [] as Metered[] };
  const specs = await createWorkerSpecs(unusedCluster(folder));
  const workers = await Promise.all(
    specs.map(({ taskQueue, activities, runsWorkflows }) =>
      Worker.create({
        connection: server.nativeConnection,
        taskQueue,
        ...(runsWorkflows ? { workflowBundle: bundle, sinks: sinksInto(state) } : {}),
        activities: Object.fromEntries(
          Object.entries(activities).map(([name, own]) => [name, stubOf(name, own, state)]),
        ),
        maxHeartbeatThrottleInterval: '100 milliseconds',
        shutdownGraceTime: '1 second',
        // A test that failed may have left a run whose activity does not end.
        shutdownForceTime: '5 seconds',
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  return {
    client: server.client,
    address: server.address,
    get calls() {
      return state.calls;
    },
    get meters() {
      return state.meters;
    },
    stub: (stubs) => Object.assign(state, { stubs, calls: [], meters: [] }),
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await server.teardown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface State {
  readonly stubs: Stubs;
  readonly calls: Call[];
  readonly meters: Metered[];
}

// What is local is no more than a computation: it runs as it is.
function stubOf(name: string, own: (input: unknown) => unknown, state: State) {
  return (input: unknown): unknown => {
    if (activityInfo().isLocal) return own(input);
    state.calls.push({ name, input });
    const stub = Object.entries(state.stubs).find(([each]) => each === name)?.[1];
    if (stub === undefined) throw failure('Unstubbed', `${name} was not to be called`);
    return stub(input as never);
  };
}

function sinksInto(state: State) {
  return {
    purser: {
      meter: {
        fn: (_info: unknown, name: MeterName, value: number, labels: Labels) =>
          void state.meters.push({ name, value, labels }),
        callDuringReplay: false,
      },
    },
  };
}

/** What an activity throws that fails for good, with no write under way. */
export function failure(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type, { unanswered: false });
}

/** What an activity does that never ends by itself: it lasts until it is cancelled. */
export async function lastUntilCancelled(): Promise<never> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(50);
  }
}
