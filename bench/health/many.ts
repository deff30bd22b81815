import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import { withClient } from '../../src/cli/context.ts';
import { SANDBOX_TARGET } from '../../sandbox/cli/config.ts';
import { withSandbox } from '../../sandbox/cli/with-sandbox.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { RunningProgram, Sandbox } from '../../sandbox/info.ts';
import { HEALTH_CHECKS, setSchedule } from '../../src/temporal/schedules.ts';
import { countPollers } from '../../src/temporal/starts.ts';
import { targetQueue } from '../../workflows/contract.ts';
import { namesFor, tell } from '../environment.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const MINUTE_MS = 60_000;
const WORKERS_WITHIN_MS = 5 * MINUTE_MS;

/** Many entries of purser.yaml that point to the one sandbox, and one `purser worker` for them all. */
export interface ManyTargets {
  readonly sandbox: Sandbox;
  readonly worker: RunningProgram;
  readonly client: Client;
  readonly targets: readonly string[];
  readonly signal: AbortSignal;
}

/** Runs `act` with that many targets, on a sandbox of two replicas; `more` goes into purser.yaml. */
export async function withMany(
  count: number,
  more: Readonly<Record<string, unknown>>,
  act: (many: ManyTargets) => Promise<number>,
): Promise<number> {
  tell('starting a sandbox');
  return withSandbox({ replicas: 2, progress: () => {} }, async (sandbox, own, signal) => {
    const targets = namesFor('target', count);
    const file = writeConfig(own, targets, more);
    // The sandbox's own worker would take half of the workflows.
    await sandbox.stopProgram('worker');
    tell(`starting one worker for ${count} targets`);
    const worker = await sandbox.startProgram({
      name: 'worker-of-many',
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', MAIN, 'worker', '--config', file],
    });
    return withClient(
      loadConfig(file, () => undefined),
      async (client) => {
        await untilPolling(client, targets, signal);
        return act({ sandbox, worker, client, targets, signal });
      },
    );
  });
}

/** Schedules a check of each every minute, as `purser health schedule --all` does. */
export async function scheduleAll({ client, targets }: ManyTargets): Promise<void> {
  for (const target of targets)
    await setSchedule(client, HEALTH_CHECKS, { target, everyMs: MINUTE_MS });
}

function writeConfig(
  own: string,
  targets: readonly string[],
  more: Readonly<Record<string, unknown>>,
): string {
  const config = configSchema.parse(parse(readFileSync(own, 'utf8')));
  const one = config.targets[SANDBOX_TARGET];
  const file = path.join(path.dirname(own), 'many.yaml');
  const all = Object.fromEntries(targets.map((name) => [name, one]));
  const { temporal, archive } = config;
  // As it is written, not as aliases of one entry.
  const text = stringify(
    { temporal, archive, targets: all, ...more },
    { aliasDuplicateObjects: false },
  );
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function untilPolling(
  client: Client,
  targets: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + WORKERS_WITHIN_MS;
  for (const target of targets) {
    while ((await countPollers(client, targetQueue(target))) === 0) {
      if (Date.now() > deadline) throw new Error(`nobody polls for ${target} after five minutes`);
      await sleep(250, undefined, { signal });
    }
  }
}
