import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { createExecutions } from '../../../activities/executions.ts';
import { createLogger } from '../../../src/temporal/logging.ts';
import { fresh } from './fixtures.ts';
import { goSignal } from './own-workflow.ts';
import type { OwnCall, ownWorkflow } from './own-workflow.ts';
import type { Environment } from './environment.ts';

const WORKFLOWS = fileURLToPath(new URL('./own-workflow.ts', import.meta.url));

/** Somebody who reaches Temporal, and runs a workflow of their own. */
export interface Stranger {
  /** The task queue of this one's own activity `thisRun`, which asks Temporal as Purser's do. */
  readonly taskQueue: string;
  /** Starts the calls; they wait for {@link goSignal}. */
  start(
    calls: readonly OwnCall[],
  ): Promise<WorkflowHandleWithFirstExecutionRunId<typeof ownWorkflow>>;
  /**
   * Makes the calls. `first` is run before them, knowing the run. Resolves to their answers, or to how
   * the first that failed did.
   */
  call(calls: readonly OwnCall[], first?: (runId: string) => Promise<void>): Promise<Called>;
  stop(): Promise<void>;
}

export interface Called {
  readonly workflowId: string;
  readonly runId: string;
  readonly answers: readonly unknown[];
  readonly failure?: ApplicationFailure;
}

export async function createStranger({ info, client }: Environment): Promise<Stranger> {
  const taskQueue = fresh('own');
  const connection = await NativeConnection.connect({ address: info.temporal.address });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    logger: createLogger('error'),
  });
  const { namespace } = info.temporal;
  const executions = createExecutions();
  const activities = { thisRun: () => executions.thisRun() };
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle,
    activities,
  });
  const ended = worker.run();
  const start: Stranger['start'] = (calls) =>
    client.workflow.start<typeof ownWorkflow>('ownWorkflow', {
      taskQueue,
      workflowId: fresh('own'),
      args: [calls],
    });
  return {
    taskQueue,
    start,
    call: async (calls, first) => {
      const handle = await start(calls);
      const { workflowId, firstExecutionRunId: runId } = handle;
      await first?.(runId);
      await handle.signal(goSignal);
      try {
        return { workflowId, runId, answers: (await handle.result()).answers };
      } catch (error) {
        return { workflowId, runId, answers: [], failure: failureOf(error) };
      }
    },
    stop: async () => {
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

/** What an installation marks its things with (activities/executions.ts). */
export async function installationOf({ client }: Environment): Promise<string> {
  const { namespace } = client.options;
  const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace });
  return createHash('sha256')
    .update(namespaceInfo?.id ?? '')
    .digest('hex')
    .slice(0, 16);
}

function failureOf(error: unknown): ApplicationFailure {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  const inner = cause instanceof ActivityFailure ? cause.cause : cause;
  if (inner instanceof ApplicationFailure) return inner;
  throw error;
}
