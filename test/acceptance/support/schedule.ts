import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { readHistoryLine } from '../../../src/health/model/state.ts';
import type { HealthState, HistoryLine } from '../../../src/health/model/state.ts';
import { historyKey } from '../../../src/health/history/days.ts';
import { healthId } from '../../../workflows/contract.ts';
import { eventually } from '../../sandbox/support/eventually.ts';

/** The lines of a target's history of the last two days, as they are in the archive's folder. */
export async function historyOf(folder: string, target: string): Promise<readonly HistoryLine[]> {
  const days = [Date.now() - 86_400_000, Date.now()].map((at) =>
    new Date(at).toISOString().slice(0, 10),
  );
  const texts = await Promise.all(
    days.map((day) => readFile(path.join(folder, historyKey(target, day)), 'utf8').catch(() => '')),
  );
  return texts
    .join('')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const line = readHistoryLine(text);
      if (line === undefined) throw new Error(`no line of a history: ${text.slice(0, 200)}`);
      return line;
    });
}

/** Waits until there are so many runs in the history that this holds of them; resolves to them. */
export async function untilHistory(
  folder: string,
  target: string,
  holds: (lines: readonly HistoryLine[]) => boolean,
  deadlineMs = 120_000,
): Promise<readonly HistoryLine[]> {
  let lines: readonly HistoryLine[] = [];
  await eventually(
    `runs of the checks of ${target}`,
    async () => {
      lines = await historyOf(folder, target);
      return holds(lines);
    },
    deadlineMs,
  );
  return lines;
}

/** What a check found in its last runs, a letter each: what the state knows of them. */
export function recentOf(state: HealthState | undefined, check: 'write-path' | 'pods'): string {
  return state?.checks[check]?.recent.toLowerCase() ?? '';
}

/** The run of a target's schedule that is under way, if one is. */
export async function runningOf(client: Client, target: string) {
  const { info } = await client.schedule.getHandle(healthId(target)).describe();
  return info.runningActions[0];
}

/** Waits until none is. */
export async function untilIdle(client: Client, target: string): Promise<void> {
  const isIdle = async () => (await runningOf(client, target)) === undefined;
  await eventually(`no run of ${target} under way`, isIdle, 120_000);
}
