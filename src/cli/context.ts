import { z } from 'zod';
import type { Client } from '@temporalio/client';
import { loadConfig, soleTarget, targetOf } from '../config/load.ts';
import type { LoadedConfig } from '../config/load.ts';
import { parseRequest, targetSchema } from '../domain/request.ts';
import { runningSandboxes } from '../running-sandbox.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly debug?: boolean;
}

/** The configuration that a command works with; says on standard error which one it took. */
export function findConfig({ config }: GlobalOptions): LoadedConfig {
  const loaded = loadConfig(config, () => runningSandboxes()[0]?.configFile);
  if (loaded.chosenBy !== '--config') {
    process.stderr.write(`purser: using ${loaded.file} (${loaded.chosenBy})\n`);
  }
  return loaded;
}

/** The target that is meant: the named one, or the only one there is. */
export function chooseTarget({ config }: LoadedConfig, named: string | undefined): string {
  const name = named ?? soleTarget(config);
  targetOf(config, name);
  return name;
}

/**
 * The target whose schedule is meant: a schedule outlives its target's name in purser.yaml. Throws
 * `InvalidRequest` for what cannot be the name of a target.
 */
export function scheduledTarget(loaded: LoadedConfig, named: string | undefined): string {
  if (named === undefined) return chooseTarget(loaded, named);
  return parseRequest(z.strictObject({ target: targetSchema }), { target: named }).target;
}

/** Runs an act with a client of Temporal, and closes it. */
export async function withClient<T>(
  { config }: LoadedConfig,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  // What only reads the archive should not wait for Temporal's client to load.
  const { connectClient } = await import('../temporal/client.ts');
  const client = await connectClient(config.temporal);
  try {
    return await act(client);
  } finally {
    await client.connection.close();
  }
}

/** A link to a workflow in the Temporal Web UI, or undefined if its address is not configured. */
export function workflowLink({ config }: LoadedConfig, workflowId: string): string | undefined {
  const { ui, namespace } = config.temporal;
  if (ui === undefined) return undefined;
  return `${ui.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
