import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../domain/duration.ts';

/** Reads a time for an option: how long ago (`30m`, `7d`), or an RFC 3339 time or day in UTC. */
export function parseSince(text: string): Date {
  const ago = parseDuration(text);
  if (ago !== undefined) return new Date(Date.now() - ago);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = new Date(isTime ? text : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is not a time; write how long ago, such as 30m, 2h or 7d, or a time such as 2026-11-23T08:00:00Z.`,
  );
}
