import { Worker } from '@temporalio/worker';
import type { Logger, NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { Config } from '../config/schema.ts';
import { temporalAddress } from './connection/address.ts';
import { workflowBundle } from './bundle.ts';
import { connectWithRetry } from './connection/connect-with-retry.ts';
import { dataConverter } from './data-converter.ts';
import { METER_SINKS } from './meters.ts';
import { installRuntime } from './runtime.ts';

// Temporal accepts 1,200 polls for activities at once from all workers of a namespace, on each frontend (its
// frontend.namespaceCount), and refuses the rest: 200 targets with the SDK's 10 a queue would make 4,000.
const POLLS_AT_ONCE = 400;
const POLLS_A_QUEUE = 10;

/** Describes a worker, independent of the process that runs it. */
export interface WorkerSpec {
  readonly taskQueue: string;
  readonly activities: object;
  /** Only one worker of a process runs workflows, because each such worker needs memory. */
  readonly runsWorkflows: boolean;
}

interface RunOptions {
  readonly logger: Logger;
  /** Ends the wait for Temporal; `stop` ends running workers. */
  readonly signal: AbortSignal;
  /** Where this process serves its metrics; undefined: it does not serve them. */
  readonly metricsAddress: string | undefined;
}

export interface RunningWorkers {
  /** Resolves when all have stopped; rejects with the error that stopped one of them. */
  readonly ended: Promise<void>;
  /** Takes no more tasks, gives running activities 20 s to end, and stops. */
  stop(): Promise<void>;
}

/**
 * Runs one worker for each spec, on one connection. Waits if Temporal does not answer yet, as after a power cut.
 * Throws `NotConfigured` if Temporal refuses for good (the namespace, the credentials, the certificate) or lacks
 * the search attributes. Throws the signal's reason if that ends the wait.
 */
export async function runWorkers(
  temporal: Config['temporal'],
  specs: readonly WorkerSpec[],
  { logger, signal, metricsAddress }: RunOptions,
): Promise<RunningWorkers> {
  const address = temporalAddress(temporal);
  installRuntime(logger, metricsAddress);
  const needsWorkflows = specs.some(({ runsWorkflows }) => runsWorkflows);
  const [connection, codePath] = await Promise.all([
    connectWithRetry(address, { logger, signal }),
    needsWorkflows ? workflowBundle(logger) : '',
  ]);
  const workers = await Promise.all(
    specs.map((spec) =>
      Worker.create({
        connection,
        namespace: address.namespace,
        ...workerOptions(spec, { codePath, workers: specs.length }),
      }),
    ),
  );
  const ended = runAll(workers, connection);
  return {
    ended,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

/**
 * The SDK's options of a spec's worker, without its connection. `codePath` is the workflow bundle's file,
 * which only a worker that runs workflows loads; `workers` is how many the process runs.
 */
export function workerOptions(
  { taskQueue, activities, runsWorkflows }: WorkerSpec,
  { codePath, workers }: { readonly codePath: string; readonly workers: number },
): Omit<WorkerOptions, 'connection' | 'namespace'> {
  return {
    taskQueue,
    activities,
    dataConverter,
    // The SDK (1.23.0) does not read maxConcurrentActivityTaskPolls.
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: pollsFor(workers) },
    ...(runsWorkflows ? { workflowBundle: { codePath }, sinks: METER_SINKS } : {}),
    // Progress is shown by heartbeats, and a cancellation comes back with one.
    maxHeartbeatThrottleInterval: '2 seconds',
    shutdownGraceTime: '20 seconds',
    shutdownForceTime: '30 seconds',
  };
}

/** How many polls for activities each of so many task queues may have open, in one process. */
export function pollsFor(queues: number): number {
  return Math.max(1, Math.min(POLLS_A_QUEUE, Math.floor(POLLS_AT_ONCE / queues)));
}

async function runAll(workers: readonly Worker[], connection: NativeConnection): Promise<void> {
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close();
  }
}
