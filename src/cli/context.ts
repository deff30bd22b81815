import type { Client } from '@temporalio/client';
import { loadConfig, soleTarget, targetOf } from '../config/load.ts';
import type { LoadedConfig } from '../config/load.ts';
import { runningSandboxes } from '../running-sandbox.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly debug?: boolean;
}

/** The configuration that a command works with. Says on standard error which file it is, unless `--config` names it. */
export function findConfig({ config }: GlobalOptions): LoadedConfig {
  const loaded = loadConfig(config, () => runningSandboxes()[0]?.configFile);
  if (loaded.chosenBy !== '--config') {
    process.stderr.write(`purser: using ${loaded.file} (${loaded.chosenBy})\n`);
  }
  return loaded;
}

/** The configuration and the target of a command that works on one target. */
export function findTarget(options: GlobalOptions & { readonly target?: string }): {
  readonly loaded: LoadedConfig;
  readonly target: string;
} {
  const loaded = findConfig(options);
  return { loaded, target: chooseTarget(loaded, options.target) };
}

/** The target to work on: the named one, or the only one in purser.yaml. */
export function chooseTarget({ config }: LoadedConfig, named: string | undefined): string {
  const name = named ?? soleTarget(config);
  targetOf(config, name);
  return name;
}

/** The named targets, or all in purser.yaml. */
export function namedOrAll(
  loaded: LoadedConfig,
  named: readonly string[] | undefined,
): readonly string[] {
  return named?.map((name) => chooseTarget(loaded, name)) ?? Object.keys(loaded.config.targets);
}

/** Calls `act` with a client of Temporal, and closes the client. */
export async function withClient<T>(
  { config }: LoadedConfig,
  act: (client: Client) => Promise<T>,
): Promise<T> {
  // Commands that only read the archive should not wait until Temporal's client is loaded.
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
