import {
  alertId,
  cutToLine,
  evidenceOf,
  severityOf,
  worseSeverity,
} from '../../alerts/model/alert.ts';
import type { Alert, AlertState, Severity } from '../../alerts/model/alert.ts';
import type { CheckState, LastMessage } from '../model/state.ts';
import { FINDING_SEVERITIES } from '../../domain/finding.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Alerted } from '../model/checks.ts';

const HOUR_MS = 3_600_000;

/** What a message about a check is made of. */
export interface MessageContext {
  readonly target: string;
  readonly check: Alerted;
  /** The time of the run. */
  readonly at: string;
  readonly run: Alert['run'];
}

/**
 * What is to be said of a check now, given what was said before: one message at a transition, and a
 * reminder when it has gone on for long. Nothing is said twice, and what was never told is not closed.
 */
export function nextMessage(
  check: CheckState,
  at: string,
  remindEveryHours: number,
): AlertState | undefined {
  const { told } = check;
  const wasFlapping = told?.isFlapping === true;
  if (check.isFlapping === true) return wasFlapping ? undefined : 'flapping';
  if (told === undefined) return isNewFault(check) ? 'firing' : undefined;
  const severity = severityNow(check);
  if (severity === undefined) return 'resolved';
  if (wasFlapping || severity !== told.severity) return 'firing';
  return isDue(told.at, at, remindEveryHours) ? 'reminder' : undefined;
}

function isNewFault(check: CheckState): boolean {
  return severityNow(check) !== undefined && check.isProvisional !== true;
}

function isDue(last: string, at: string, everyHours: number): boolean {
  return everyHours > 0 && Date.parse(at) - Date.parse(last) >= everyHours * HOUR_MS;
}

/** The message, and what has been told with it. */
export function compose(
  check: CheckState,
  state: AlertState,
  context: MessageContext,
): { readonly alert: Alert; readonly told: LastMessage | undefined } {
  const before = check.told;
  if (state === 'resolved' && before !== undefined) {
    return { alert: alertOf(check, before, state, context), told: undefined };
  }
  const told = lastMessageOf(check, state, context);
  return { alert: alertOf(check, told, state, context), told };
}

function lastMessageOf(check: CheckState, state: AlertState, { at }: MessageContext): LastMessage {
  const severity = severityNow(check) ?? severityOfRecent(check.recent);
  const { since, badSince = since, findings } = check;
  const [{ cause } = { cause: undefined }] = worstFirst(findings);
  const last: Pick<LastMessage, 'since' | 'worst' | 'cause' | 'logs'> = check.told ?? {
    since: badSince,
    worst: severity,
    cause: 'probe',
  };
  return {
    since: last.since,
    at,
    severity,
    worst: worseSeverity(last.worst, severity),
    cause: cause ?? last.cause,
    isFlapping: state === 'flapping' ? true : undefined,
    logs: last.logs,
  };
}

/** Everything that was told and is not over, as messages for those who forget what they hear. */
export function stillOpen(check: CheckState, context: MessageContext): Alert | undefined {
  const { told } = check;
  if (told === undefined) return undefined;
  return alertOf(check, told, told.isFlapping === true ? 'flapping' : 'firing', context);
}

/** A check that is no longer run, and was told to be ill. */
export function abandoned(told: LastMessage, context: MessageContext): Alert {
  const summary = `${context.check} is no longer checked`;
  return { ...head(context), ...messageFields(told), state: 'resolved', summary, evidence: [] };
}

function alertOf(
  check: CheckState,
  told: LastMessage,
  state: AlertState,
  context: MessageContext,
): Alert {
  const findings = state === 'resolved' ? [] : worstFirst(check.findings);
  const advice = findings.find((each) => each.advice !== undefined)?.advice;
  return {
    ...head(context),
    ...messageFields(told),
    state,
    summary: cutToLine(summaryOf(check, state, context.check)),
    lastGood: check.lastGood,
    evidence: [...evidenceOf(findings.map(({ text }) => text))],
    advice: advice === undefined ? undefined : cutToLine(advice),
  };
}

function messageFields({ severity, worst, cause, since, logs }: LastMessage) {
  return { severity, worst, cause, since, logs };
}

function head({ target, check, at, run }: MessageContext) {
  return { id: alertId({ target, check, at }), target, check, at, run };
}

function summaryOf({ findings }: CheckState, state: AlertState, check: Alerted): string {
  if (state === 'resolved') {
    return check === 'probe' ? 'Purser can look again' : `${check} is well again`;
  }
  const text = worstFirst(findings)[0]?.text ?? `${check} is not well`;
  return state === 'flapping' ? `${check} comes and goes; last: ${text}` : text;
}

// By the level and not by the verdict: who cannot look does not take back what was seen.
function severityNow({ level }: CheckState): Severity | undefined {
  return level === undefined || level === 'healthy' ? undefined : severityOf(level);
}

function severityOfRecent(recent: string): Severity {
  return /u/i.test(recent) ? 'critical' : 'warning';
}

function worstFirst<T extends Pick<Finding, 'severity'>>(findings: readonly T[]): readonly T[] {
  const worst = FINDING_SEVERITIES.filter((severity) => severity !== 'note');
  return worst.flatMap((severity) => findings.filter((each) => each.severity === severity));
}
