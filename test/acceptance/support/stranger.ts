import { fileURLToPath } from 'node:url';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { fresh } from './cast.ts';
import type { World } from './world.ts';

/** Somebody who may start workflows in Purser's Temporal namespace, and brings their own. */
export interface Stranger {
  /** Calls one activity on a queue of Purser's; resolves to its failure, undefined where it went well. */
  call(
    taskQueue: string,
    activity: string,
    input: unknown,
  ): Promise<ApplicationFailure | undefined>;
  close(): Promise<void>;
}

export async function openStranger({ client, info }: World): Promise<Stranger> {
  const { address, namespace } = info.temporal;
  const connection = await NativeConnection.connect({ address });
  const own = fresh('stranger');
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: own,
    workflowsPath: fileURLToPath(new URL('./strange-workflow.ts', import.meta.url)),
  });
  const running = worker.run();
  return {
    call: async (taskQueue, activity, input) => {
      try {
        await client.workflow.execute('callActivity', {
          taskQueue: own,
          workflowId: fresh('call'),
          args: [{ taskQueue, activity, input }],
        });
        return undefined;
      } catch (error) {
        const failure = error instanceof WorkflowFailedError ? error.cause : error;
        const cause = failure instanceof ActivityFailure ? failure.cause : failure;
        if (cause instanceof ApplicationFailure) return cause;
        throw error;
      }
    },
    close: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
