import path from 'node:path';
import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { configSchema } from '../../../src/config/schema.ts';
import type { Config } from '../../../src/config/schema.ts';
import { createLogger } from '../../../src/temporal/logging.ts';
import { addSearchAttributes } from '../../../src/temporal/search-attributes.ts';
import { startWorkers } from '../../../src/worker.ts';
import type { WorkerRole } from '../../../src/worker.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import type { Environment } from './environment.ts';

type Given = { readonly [K in keyof Config]?: unknown };

/** A namespace of a story's own on the sandbox's Temporal, with no worker but the story's. */
export interface Apart {
  readonly client: Client;
  readonly config: Config;
  /** Starts workers with this configuration, but for what is given; resolves to what stops them. */
  work(roles: readonly WorkerRole[], given?: Given): Promise<() => Promise<void>>;
}

/**
 * The sandbox's own worker takes whatever is on its task queues: a story that needs workers with
 * another configuration goes apart.
 */
export async function goApart(env: Environment, given: Given): Promise<Apart> {
  const namespace = `story-${crypto.randomUUID().slice(0, 8)}`;
  const { connection } = env.client;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const client = new Client({ connection, namespace });
  // A new namespace is known to the whole server only after some seconds.
  await eventually(
    `the search attributes of ${namespace}`,
    async () => {
      try {
        await addSearchAttributes(client);
        return true;
      } catch {
        return false;
      }
    },
    60_000,
  );
  const temporal = { ...env.config.temporal, namespace };
  // Where the search for secrets looks, too.
  const archive = { folder: path.join(env.info.dataDir, 'archive') };
  const config = configSchema.parse({ ...env.config, archive, worker: {}, ...given, temporal });
  return {
    client,
    config,
    work: async (roles, but = {}) => {
      const { signal } = new AbortController();
      const own = configSchema.parse({ ...config, ...but });
      const workers = await startWorkers(own, { roles, logger: createLogger('error'), signal });
      return () => workers.stop();
    },
  };
}
