import { z } from 'zod';
import { DEFAULT_HEALTH_POLICY } from '../health/model/policy.ts';
import { CHECKS } from '../health/model/checks.ts';
import { probeSchema, rulesSchema } from './probe.ts';

const { flapping, ...defaults } = DEFAULT_HEALTH_POLICY;

const count = z.int().min(1).max(50);
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "write 'HH:MM', in quotes" });
const instant = z.iso.datetime({
  offset: true,
  error: 'write an instant with its offset, such as 2026-12-01T20:00:00Z',
});

const weeklySchema = z
  .strictObject({
    days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
    from: time,
    /** Not later than `from`: on the next day. */
    to: time,
    timeZone: z.string().refine(isTimeZone, {
      error: 'write a time zone of the IANA database, such as Europe/Vienna or UTC',
    }),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must differ from from' });

const windowHead = {
  targets: z.array(z.string().min(1)).min(1).default(['*']),
  reason: z.string().min(1).max(120).default('maintenance'),
};

const windowSchema = z.union(
  [
    z.strictObject({ ...windowHead, weekly: weeklySchema }),
    z
      .strictObject({ ...windowHead, from: instant, to: instant })
      .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
        path: ['to'],
        error: 'must be later than from',
      }),
  ],
  { error: 'write {from: INSTANT, to: INSTANT} or {weekly: {days, from, to, timeZone}}' },
);

/** `health:` of purser.yaml: how results are judged, by the worker that runs the workflows. */
export const healthSchema = z
  .strictObject({
    /** How many runs in a row must agree before a check goes down. */
    failuresToGoDown: count.default(defaults.failuresToGoDown),
    /** How many good runs in a row must follow before it is well again. */
    successesToComeBack: count.default(defaults.successesToComeBack),
    /** Other numbers for single checks. */
    checks: z
      .partialRecord(
        z.enum(CHECKS),
        z.strictObject({
          failuresToGoDown: z.exactOptional(count),
          successesToComeBack: z.exactOptional(count),
        }),
      )
      .default({}),
    /** When a check counts as flapping: that is notified once, and then nothing until it has settled. */
    flapping: z
      .strictObject({
        runs: z.int().min(5).max(60).default(flapping.runs),
        score: z.int().min(3).max(60).default(flapping.score),
        calm: z.int().min(2).max(60).default(flapping.calm),
      })
      .prefault({})
      .refine(({ runs, calm }) => calm <= runs, {
        path: ['calm'],
        error: 'must not be more than runs',
      }),
    /** Hours between two reminders of an open alert; 0: none. */
    remindEveryHours: z.number().min(0).max(168).default(defaults.remindEveryHours),
    /** Times in which alerts are held back while the checks continue. */
    maintenance: z.array(windowSchema).default([]),
    /** How long the archive keeps the history, a line a run. */
    keepHistoryDays: z.int().min(1).max(3_650).default(defaults.keepHistoryDays),
    probe: probeSchema,
    rules: rulesSchema,
  })
  .prefault({});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
