import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { createLogger } from '../../../src/temporal/logging.ts';
import { METER_SINKS } from '../../../src/temporal/meters.ts';
import { fresh } from './fixtures.ts';
import type { Environment } from './environment.ts';

/** A worker of Purser's own workflows with something cut short in them, on a task queue of its own. */
export interface Intercepted {
  readonly taskQueue: string;
  stop(): Promise<void>;
}

/** `module` is a file of this folder that exports workflow interceptors: `fast-timers.ts`. */
export async function serveIntercepted(
  { info }: Environment,
  module: string,
): Promise<Intercepted> {
  const { address, namespace } = info.temporal;
  const at = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: at('../../../workflows/index.ts'),
    workflowInterceptorModules: [at(`./${module}`)],
    logger: createLogger('fatal'),
  });
  const taskQueue = fresh('intercepted');
  const connection = await NativeConnection.connect({ address });
  const options = { connection, namespace, taskQueue, workflowBundle, sinks: METER_SINKS };
  const worker = await Worker.create(options);
  const running = worker.run();
  return {
    taskQueue,
    stop: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
