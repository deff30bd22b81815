import { z } from 'zod';
import { nameSchema } from '../../domain/inputs/bounds.ts';
import { CAUSES } from '../../domain/cause.ts';
import { targetSchema } from '../../domain/request.ts';
import { ALERTED } from '../../health/model/checks.ts';
import type { Verdict } from '../../health/model/checks.ts';

/**
 * The state of an alert. `firing`: it starts, or its severity has changed. `reminder`: it still fires.
 * `flapping`: it starts and resolves again and again; sent once. `resolved`: the check is healthy again.
 */
export const ALERT_STATES = ['firing', 'reminder', 'flapping', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** The severities, the lowest first. A notifier takes alerts of its own severity and above. */
export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

const EVIDENCE_LINES = 3;
const LINE = 300;

const line = z.string().max(LINE);
const instant = z.iso.datetime();

export const alertSchema = z.strictObject({
  /** `<target>/<check>/<at>`: unique for each message, and the same for each attempt to send it. */
  id: z.string().max(LINE),
  target: targetSchema,
  check: z.enum(ALERTED),
  state: z.enum(ALERT_STATES),
  /** The current severity; for `resolved`, the last one. */
  severity: z.enum(SEVERITIES),
  /** The worst severity since `since`: its receivers must also get the resolution. */
  worst: z.enum(SEVERITIES),
  cause: z.enum(CAUSES),
  /** What was found, in one sentence. */
  summary: line,
  /** The time of the run that decided to send this message. */
  at: instant,
  /** When the check became unhealthy. */
  since: instant,
  /** When the check was last healthy; absent if it never was. */
  lastGood: instant.optional(),
  evidence: z.array(line).max(EVIDENCE_LINES).readonly(),
  /** What the reader can do. */
  advice: line.optional(),
  /** The run that found it. */
  run: z.strictObject({ workflowId: nameSchema, runId: nameSchema }).optional(),
  /** Where the logs of that time are stored, or the workflow that collects them. */
  logs: nameSchema.optional(),
});

/**
 * One message about one check of one target, however many replicas are affected. A `resolved` message
 * closes the earlier ones of the same target and check.
 */
export type Alert = Readonly<z.infer<typeof alertSchema>>;

/** The `id` of the message about a check that the run of this time sends. Each run sends at most one. */
export function alertId({ target, check, at }: Pick<Alert, 'target' | 'check' | 'at'>): string {
  return `${target}/${check}/${at}`;
}

/** The severity of a verdict. A check that could not run (`unknown`) is not an outage. */
export function severityOf(verdict: Exclude<Verdict, 'healthy'>): Severity {
  return verdict === 'unhealthy' ? 'critical' : 'warning';
}

export function worseSeverity(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) >= SEVERITIES.indexOf(other) ? one : other;
}

/** The first lines of the evidence, each cut to the length that notifiers accept. */
export function evidenceOf(lines: readonly string[]): readonly string[] {
  return lines.slice(0, EVIDENCE_LINES).map(cutToLine);
}

/** The text in one line, cut to the length of an alert's fields. */
export function cutToLine(text: string): string {
  const oneLine = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return oneLine.length <= LINE ? oneLine : `${oneLine.slice(0, LINE - 1)}…`;
}
