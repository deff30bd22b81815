import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { configSchema } from '../../src/config/schema.ts';
import { REGISTRY_NAMESPACE } from '../../src/domain/registry-namespace.ts';
import { REGISTRY_SELECTOR } from '../../src/logs/settings.ts';
import { countPollers } from '../../src/temporal/starts.ts';
import { targetQueue } from '../../workflows/contract.ts';
import type { Environment } from '../environment.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const NAME = 'logs-worker';
const MIB = 1024 * 1024;

/** A separate worker that runs only a target's activities, as one beside the cluster would. */
export interface Collector {
  /** Resident bytes now, and the maximum since {@link resetPeak}; undefined if there is no /proc. */
  memory(): { readonly nowMiB: number; readonly peakMiB: number } | undefined;
  resetPeak(): void;
}

/** Starts it for that many targets: each collects the log of the registry's pods from its beginning. */
export async function startCollector(
  env: Environment,
  targets: readonly string[],
): Promise<Collector> {
  const { pid } = await env.sandbox.startProgram({
    name: NAME,
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      MAIN,
      'worker',
      `--config=${writeConfig(env, targets)}`,
      '--only=steps',
      '--log-level=warn',
    ],
  });
  const queue = targetQueue(targets.at(-1) ?? '');
  while (!env.signal.aborted && (await countPollers(env.client, queue)) === 0) await sleep(100);
  return {
    memory: () => readMemory(pid),
    resetPeak: () => {
      try {
        // proc(5): writing 5 sets VmHWM to the present resident size.
        writeFileSync(`/proc/${pid}/clear_refs`, '5');
      } catch {
        // Not Linux: then memory() returns undefined too.
      }
    },
  };
}

function writeConfig({ configFile }: Environment, targets: readonly string[]): string {
  const base = configSchema.parse(parse(readFileSync(configFile, 'utf8')));
  const [sandbox] = Object.values(base.targets);
  const logs = {
    ...sandbox?.logs,
    workloads: [{ namespace: REGISTRY_NAMESPACE, selector: REGISTRY_SELECTOR }],
  };
  const file = path.join(path.dirname(configFile), 'bench-logs.yaml');
  const all = targets.map((name) => [name, { ...sandbox, logs }] as const);
  writeFileSync(file, stringify({ ...base, targets: Object.fromEntries(all) }));
  return file;
}

function readMemory(
  pid: number,
): { readonly nowMiB: number; readonly peakMiB: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mib = (field: string) =>
      (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / MIB;
    return { nowMiB: mib('VmRSS'), peakMiB: mib('VmHWM') };
  } catch {
    return undefined;
  }
}
