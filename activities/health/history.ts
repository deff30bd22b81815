import { z } from 'zod';
import type { Archive } from '../../src/archive/archive.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { historyRequestSchema } from '../../src/health/model/history.ts';
import type { HealthHistory, HistoryRequest } from '../../src/health/model/history.ts';
import {
  healthStateSchema,
  historyLineSchema,
  readHistoryLine,
} from '../../src/health/model/state.ts';
import type { HealthState, HistoryLine } from '../../src/health/model/state.ts';
import { parseRequest, targetSchema } from '../../src/domain/request.ts';
import { removalLimit } from '../../src/logs/collect/retention.ts';
import {
  dayOf,
  dayOfKey,
  daysBetween,
  historyFolder,
  historyKey,
} from '../../src/health/history/days.ts';
import { readLines } from '../../src/health/history/lines.ts';
import { createSummary } from '../../src/health/history/summary.ts';
import { attempt } from '../attempt.ts';

const DAY_MS = 86_400_000;
// The clocks of Temporal's server and of the worker may differ.
const MAX_CLOCK_SKEW_MS = 3_600_000;

const readLastSchema = z.strictObject({ target: targetSchema });
const recordSchema = z.strictObject({
  // Fields that this version does not know are dropped.
  line: historyLineSchema.extend({ state: healthStateSchema.extend({ target: targetSchema }) }),
  sweep: z.boolean(),
});

interface HistoryPorts {
  readonly archive: Archive;
  readonly keepDays: number;
}

export function createHealthHistoryActivities({ archive, keepDays }: HistoryPorts) {
  return {
    /** The state of the last run, for a run that gets none from Temporal (docs/decisions/0017). */
    async readLastHealth(given: {
      readonly target: string;
    }): Promise<{ readonly state?: HealthState }> {
      return attempt(async ({ signal }) => {
        const { target } = parseRequest(readLastSchema, given);
        const last = await lastLine(archive, target, signal);
        return last === undefined ? {} : { state: last.state };
      });
    },

    /**
     * Adds a run to the history; a retry adds nothing. With `sweep`, removes the days that are too old,
     * counted from the day of the run: the oldest first, and at most a quarter at once, because a clock that
     * jumps ahead makes every day old. Resolves to how many were removed, and how many still have to be.
     * Throws `InvalidRequest` for a run in the future: it would stay the last run for ever, and every day
     * before it would be removed.
     */
    async recordHealth(given: {
      readonly line: HistoryLine;
      readonly sweep: boolean;
    }): Promise<{ readonly removed: number; readonly held: number }> {
      return attempt(async ({ signal }) => {
        const { line, sweep } = parseRequest(recordSchema, given);
        const { target, at } = line.state;
        assertPast(at);
        await archive.append(historyKey(target, dayOf(at)), JSON.stringify(line));
        if (!sweep) return { removed: 0, held: 0 };
        const oldest = dayOf(Date.parse(at) - keepDays * DAY_MS);
        const days = await daysOf(archive, target, signal);
        const expired = days.filter(({ day }) => day < oldest);
        const removable = expired.slice(0, removalLimit(days.length));
        for (const { key } of removable) await archive.remove(key, signal);
        return { removed: removable.length, held: expired.length - removable.length };
      });
    },

    /** The history of a target, summed up. */
    async readHealthHistory(given: HistoryRequest): Promise<HealthHistory> {
      return attempt(async ({ signal, show }) => {
        const input = parseRequest(historyRequestSchema, given);
        const from = Date.parse(input.from);
        const to = Date.parse(input.to);
        const summary = createSummary({ ...input, from, to });
        for (const day of daysBetween(from, to)) {
          show({ day });
          const bytes = await archive.read(historyKey(input.target, day), signal);
          if (bytes === undefined) continue;
          for await (const text of readLines(bytes)) {
            const line = readHistoryLine(text);
            if (line !== undefined) summary.add(line);
          }
        }
        return summary.result();
      });
    },
  };
}

function assertPast(at: string): void {
  if (Date.parse(at) <= Date.now() + MAX_CLOCK_SKEW_MS) return;
  throw new PurserError(
    'InvalidRequest',
    `the run of ${at} is in the future by the clock of this worker (${new Date().toISOString()}): nothing was written to the history`,
  );
}

/** The days of a target, the oldest first, and what holds them. */
async function daysOf(archive: Archive, target: string, signal: AbortSignal) {
  const days: { readonly day: string; readonly key: string }[] = [];
  for await (const { key } of archive.list(historyFolder(target), signal)) {
    const day = dayOfKey(key);
    if (day !== undefined) days.push({ day, key });
  }
  return days;
}

async function lastLine(
  archive: Archive,
  target: string,
  signal: AbortSignal,
): Promise<HistoryLine | undefined> {
  const days = await daysOf(archive, target, signal);
  // If a day's file holds nothing that this version can read, the day before it counts.
  for (const { key } of days.toReversed()) {
    const bytes = await archive.read(key, signal);
    let last: HistoryLine | undefined;
    if (bytes === undefined) continue;
    for await (const text of readLines(bytes)) last = readHistoryLine(text) ?? last;
    if (last !== undefined) return last;
  }
  return undefined;
}
