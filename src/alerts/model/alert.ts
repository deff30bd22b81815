import { z } from 'zod';
import { nameSchema } from '../../domain/inputs/bounds.ts';
import { CAUSES } from '../../domain/cause.ts';
import { targetSchema } from '../../domain/request.ts';
import { ALERTED } from '../../health/model/checks.ts';
import type { Verdict } from '../../health/model/checks.ts';

/**
 * What an alert says. `firing`: it begins, or its severity has changed; `reminder`: it goes on;
 * `flapping`: it comes and goes, said once; `resolved`: it is over.
 */
export const ALERT_STATES = ['firing', 'reminder', 'flapping', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** How bad it is, the least first; a notifier takes what is at least as bad as it is set to. */
export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

const EVIDENCE_LINES = 3;
const LINE = 300;

const line = z.string().max(LINE);
const instant = z.iso.datetime();

export const alertSchema = z.strictObject({
  /** `<target>/<check>/<at>`: what tells one message from the next, and a second try from a second message. */
  id: z.string().max(LINE),
  target: targetSchema,
  check: z.enum(ALERTED),
  state: z.enum(ALERT_STATES),
  /** Now; for `resolved`, what it was last. */
  severity: z.enum(SEVERITIES),
  /** The worst since `since`: who was told of it must be told that it is over, too. */
  worst: z.enum(SEVERITIES),
  cause: z.enum(CAUSES),
  /** What was found, in one sentence. */
  summary: line,
  /** When this message was decided: the time of the run. */
  at: instant,
  /** Since when it is not well. */
  since: instant,
  /** When it was last found well; absent where it never was. */
  lastGood: instant.optional(),
  evidence: z.array(line).max(EVIDENCE_LINES).readonly(),
  /** What the reader can do. */
  advice: line.optional(),
  /** The run that found it. */
  run: z.strictObject({ workflowId: nameSchema, runId: nameSchema }).optional(),
  /** Where the logs around it are kept, or the workflow that collects them. */
  logs: nameSchema.optional(),
});

/**
 * One message about one check of one target, however many replicas are affected. A `resolved` one
 * closes what the earlier ones of the same target and check opened.
 */
export type Alert = Readonly<z.infer<typeof alertSchema>>;

/** The `id` of the message that a run of this time sends about a check: there is one at most. */
export function alertId({ target, check, at }: Pick<Alert, 'target' | 'check' | 'at'>): string {
  return `${target}/${check}/${at}`;
}

/** How bad a verdict is. A check that could not look (`unknown`) is no outage. */
export function severityOf(verdict: Exclude<Verdict, 'healthy'>): Severity {
  return verdict === 'unhealthy' ? 'critical' : 'warning';
}

export function worse(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) >= SEVERITIES.indexOf(other) ? one : other;
}

/** The first lines of what was found, each cut to what a notifier takes. */
export function evidenceOf(lines: readonly string[]): readonly string[] {
  return lines.slice(0, EVIDENCE_LINES).map(cutToLine);
}

/** A text in one line that fits the fields of an alert. */
export function cutToLine(text: string): string {
  const oneLine = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return oneLine.length <= LINE ? oneLine : `${oneLine.slice(0, LINE - 1)}…`;
}
