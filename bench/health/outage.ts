import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Alert } from '../../src/alerts/model/alert.ts';
import type { SandboxInfo } from '../../sandbox/info.ts';
import { median } from '../statistics.ts';
import { tell } from '../environment.ts';
import { scheduleAll, withMany } from './many.ts';

export interface HealthOutageBenchOptions {
  readonly targets: number;
  readonly rounds: number;
}

// Until every target was healthy once.
const WARM_UP_MS = 75_000;
// A second outage soon after the first is reported as flapping.
const BEGINS = ['firing', 'flapping'] as const;
const LOOK_EVERY_MS = 100;
const AT_MOST_MS = 10 * 60_000;
/** Signs the messages; the receiver does not check it here. */
const KEY = 'of-the-bench-and-of-nothing-else';

/**
 * Measures the time from the first failing upload to the alert at a webhook, at the default interval. The
 * runs of the targets are at different seconds of the minute, so each target is one measurement.
 */
export async function benchHealthOutage({
  targets,
  rounds,
}: HealthOutageBenchOptions): Promise<number> {
  const hook = await listen();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-bench-'));
  const file = path.join(folder, 'key');
  writeFileSync(file, KEY, { mode: 0o600 });
  const notify = [{ name: 'hook', type: 'webhook', url: hook.url, secret: { file } }];
  try {
    return await withMany(targets, { notify }, async (many) => {
      await scheduleAll(many);
      await sleep(WARM_UP_MS, undefined, { signal: many.signal });
      const all: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        tell(`outage ${round} of ${rounds}`);
        hook.clear();
        await setFaults(many.sandbox.info, { uploadStatus: 500 });
        const began = Date.now();
        await until(() => hook.told(...BEGINS).length >= targets, many.signal);
        const times = hook.told(...BEGINS).map(({ arrived }) => arrived - began);
        await setFaults(many.sandbox.info, {});
        const healed = Date.now();
        await until(() => hook.told('resolved').length >= targets, many.signal);
        const over = hook.told('resolved').map(({ arrived }) => arrived - healed);
        show(`outage ${round}`, times);
        show(`  its end`, over);
        all.push(...times);
      }
      show('all outages', all);
      return 0;
    });
  } finally {
    hook.close();
    rmSync(folder, { recursive: true });
  }
}

function show(name: string, times: readonly number[]): void {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  console.log(
    `${name.padEnd(12)} told of ${times.length}: soonest after ${seconds(Math.min(...times))}, ` +
      `median ${seconds(median(times))}, last ${seconds(Math.max(...times))}`,
  );
}

const payloadSchema = z.object({
  data: z.looseObject({ target: z.string(), check: z.string(), state: z.string() }),
});

/** A webhook that records when it receives an alert of a write path. */
async function listen() {
  let told: { readonly state: string; readonly target: string; readonly arrived: number }[] = [];
  const server = createServer((request, response) => {
    const arrived = Date.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { target, check, state } = payloadSchema.parse(
        JSON.parse(Buffer.concat(chunks).toString('utf8')),
      ).data;
      if (check === 'write-path') told.push({ state, target, arrived });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    told: (...states: readonly Alert['state'][]) =>
      told.filter(({ state }) => states.some((each) => each === state)),
    clear: () => void (told = []),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function setFaults(
  { registry }: SandboxInfo,
  faults: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const control of registry.controls) {
    const body = JSON.stringify(faults);
    const { status } = await fetch(new URL('/faults', control), { method: 'PUT', body });
    if (status !== 200) throw new Error(`${control} answers ${status} to ${body}`);
  }
}

async function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + AT_MOST_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('no alert from every target within ten minutes');
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
