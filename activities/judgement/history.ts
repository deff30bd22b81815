import type { Archive } from '../../src/archive/archive.ts';
import type { HealthHistory, HistoryRequest } from '../../src/domain/health/history.ts';
import { readHistoryLine } from '../../src/domain/health/state.ts';
import type { HealthState, HistoryLine } from '../../src/domain/health/state.ts';
import {
  dayOf,
  dayOfKey,
  daysBetween,
  historyFolder,
  historyKey,
} from '../../src/health/history/days.ts';
import { linesOf } from '../../src/health/history/lines.ts';
import { createSummary } from '../../src/health/history/summary.ts';
import { attempt } from '../attempt.ts';

const DAY_MS = 86_400_000;

interface Ports {
  readonly archive: Archive;
  readonly keepDays: number;
}

export const createHealthHistoryActivities = ({ archive, keepDays }: Ports) => ({
  /** What the last run left, for a run that Temporal gives nothing (docs/decisions/0017). */
  async recallHealth(input: {
    readonly target: string;
  }): Promise<{ readonly state?: HealthState }> {
    return attempt(async ({ signal }) => {
      const last = await lastLine(archive, input.target, signal);
      return last === undefined ? {} : { state: last.state };
    });
  },

  /**
   * Adds a run to the history; trying again adds nothing. With `sweep`, the days that are too old go,
   * counted from the day of the run.
   */
  async rememberHealth(input: {
    readonly line: HistoryLine;
    readonly sweep: boolean;
  }): Promise<void> {
    return attempt(async ({ signal }) => {
      const { target, at } = input.line.state;
      await archive.append(historyKey(target, dayOf(at)), JSON.stringify(input.line));
      if (!input.sweep) return;
      const oldest = dayOf(Date.parse(at) - keepDays * DAY_MS);
      for await (const { key } of archive.list(historyFolder(target), signal)) {
        const day = dayOfKey(key);
        if (day !== undefined && day < oldest) await archive.remove(key, signal);
      }
    });
  },

  /** The history of a target, summed up. */
  async readHealthHistory(input: HistoryRequest): Promise<HealthHistory> {
    return attempt(async ({ signal, show }) => {
      const from = Date.parse(input.from);
      const to = Date.parse(input.to);
      const summary = createSummary({ ...input, from, to });
      for (const day of daysBetween(from, to)) {
        show({ day });
        const bytes = await archive.read(historyKey(input.target, day), signal);
        if (bytes === undefined) continue;
        for await (const text of linesOf(bytes)) {
          const line = readHistoryLine(text);
          if (line !== undefined) summary.add(line);
        }
      }
      return summary.result();
    });
  },
});

async function lastLine(
  archive: Archive,
  target: string,
  signal: AbortSignal,
): Promise<HistoryLine | undefined> {
  const days: string[] = [];
  for await (const { key } of archive.list(historyFolder(target), signal)) {
    if (dayOfKey(key) !== undefined) days.push(key);
  }
  // A day's file may hold nothing that this version can read: then the day before it.
  for (const key of days.toReversed()) {
    const bytes = await archive.read(key, signal);
    let last: HistoryLine | undefined;
    if (bytes === undefined) continue;
    for await (const text of linesOf(bytes)) last = readHistoryLine(text) ?? last;
    if (last !== undefined) return last;
  }
  return undefined;
}
