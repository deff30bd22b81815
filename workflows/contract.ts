// What both sides of Temporal must agree on: names, ids, messages. No logic of workflows is here, so
// that clients may import it by value.
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';
import type { Alert } from '../src/domain/health/alert.ts';
import type { Step } from '../src/domain/report.ts';
import { subjectKey } from '../src/domain/subject.ts';
import type { Subject } from '../src/domain/subject.ts';

/** Task queue of the workflows, and of the activities that belong to no cluster (the archive). */
export const WORKFLOWS_QUEUE = 'purser';

/** Task queue of a target's activities: each cluster can have its own worker inside. */
export const targetQueue = (target: string): string => `purser.${target}`;

/**
 * Task queue of the activities that take a subject's token. That right is as good as cluster-admin,
 * so it can be given to a worker, and a service account, of its own (corrections.md 6).
 */
export const proofQueue = (target: string): string => `purser.${target}.proof`;

/** The search attributes that must exist on the server, by name and type (`purser setup`). */
export const SEARCH_ATTRIBUTES = {
  target: defineSearchAttributeKey('PurserTarget', 'KEYWORD'),
  subject: defineSearchAttributeKey('PurserSubject', 'KEYWORD'),
  state: defineSearchAttributeKey('PurserState', 'KEYWORD'),
  verdict: defineSearchAttributeKey('PurserVerdict', 'KEYWORD'),
  access: defineSearchAttributeKey('PurserAccess', 'KEYWORD_LIST'),
  expiry: defineSearchAttributeKey('PurserExpiry', 'DATETIME'),
} as const;

/** `onboard/<target>/<Kind>/<name>`: a second onboarding of a subject while one runs is refused. */
export const onboardId = (target: string, subject: Subject): string =>
  subjectId('onboard', target, subject);

/** `revoke/<target>/<Kind>/<name>`. */
export const revokeId = (target: string, subject: Subject): string =>
  subjectId('revoke', target, subject);

/** `notify/<target>/<check>`: all messages about a check go through one workflow, in their order. */
export const notifyId = (target: string, check: string): string =>
  ['notify', target, check].map(encodeURIComponent).join('/');

/** `health/<target>`: the schedule of a target's checks; its runs have the time added. */
export const healthId = (target: string): string => `health/${target}`;

/** `health/<target>/by-hand`: a check of a target that has no schedule. */
export const healthByHandId = (target: string): string => `${healthId(target)}/by-hand`;

/** `logs/<target>`: a collection that somebody asked for, and the schedule of a target’s collections. */
export const logsId = (target: string): string => `logs/${encodeURIComponent(target)}`;

/** `logs/<target>/failure-<time>`: a collection around a failure that a health check found. */
export const failureLogsId = (target: string, at: string): string =>
  `${logsId(target)}/failure-${at}`;

/** Gives a running `notify` one more message. */
export const alertSignal = defineSignal<[Alert]>('alert');

/** Purser's own metrics (docs/metrics.md); the histograms without `_seconds` at their end. */
export type MeterName =
  | 'purser_health_run_timestamp_seconds'
  | 'purser_target_verdict'
  | 'purser_check_verdict'
  | 'purser_check_findings'
  | 'purser_certificate_remaining_seconds'
  | 'purser_check_duration'
  | 'purser_probe_duration'
  | 'purser_onboardings_total'
  | 'purser_onboarding_duration'
  | 'purser_revocations_total'
  | 'purser_revocation_duration'
  | 'purser_failures_total'
  | 'purser_notifications_total'
  | 'purser_notifications_given_up_total';

export type Labels = Readonly<Record<string, string>>;

/** How a workflow meters, by `proxySinks`. */
export interface MeterSinks extends Sinks {
  purser: { meter(name: MeterName, value: number, labels: Labels): void };
}

/** What a workflow waits for that is not its own doing. The times are RFC 3339, UTC. */
export interface Waiting {
  readonly for: string;
  readonly since: string;
  readonly until: string;
  /** How often it looks, and what would make it look at once. */
  readonly advice: string;
}

/** How far a workflow is: the steps that are done, and the one that is under way. */
export interface Progress {
  readonly steps: readonly Step[];
  readonly running: string | undefined;
  readonly waiting?: Waiting | undefined;
}

/** Answers with {@link Progress}, also after the workflow has ended. */
export const progressQuery = defineQuery<Progress>('progress');

/** What came of a look that was asked for. */
export interface Looked {
  readonly hasLoggedIn: boolean;
  readonly detail: string;
}

/**
 * Says that a person has logged in, so that an onboarding which waits for it looks at once. Rejected
 * by one that does not wait.
 */
export const subjectReadyUpdate = defineUpdate<Looked>('subjectReady');

// Each part is encoded, so that a name with a slash cannot pass for another subject's id.
function subjectId(verb: string, target: string, subject: Subject): string {
  return [verb, target, subject.kind, subjectKey(subject)].map(encodeURIComponent).join('/');
}
