// What both sides of Temporal must agree on: names, ids, messages. No logic of workflows is here, so
// that clients may import it by value.
import type { Finding } from '../src/domain/finding.ts';
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';
import { bounded, boundedId, ID_AT_MOST } from '../src/domain/bounded-id.ts';
import { subjectWorkflowId } from '../src/access/model/subject-id.ts';
import type { Alert } from '../src/alerts/model/alert.ts';
import type { Left, Report } from '../src/access/model/report/report.ts';
import type { Step } from '../src/domain/step.ts';
import { formatSubject } from '../src/domain/subject.ts';
import type { Subject } from '../src/domain/subject.ts';

/** Task queue of the workflows, and of the activities that belong to no cluster (the archive). */
export const WORKFLOWS_QUEUE = 'purser';

/** Task queue of a target's activities: each cluster can have its own worker inside. */
export function targetQueue(target: string): string {
  return `purser.${target}`;
}

/**
 * Task queue of the activities that take a subject's token. That right is as good as cluster-admin,
 * so it can be given to a worker, and a service account, of its own (docs/decisions/0005-three-task-queues.md).
 */
export function proofQueue(target: string): string {
  return `purser.${target}.proof`;
}

/** The search attributes that must exist on the server, by name and type (`purser setup`). */
export const SEARCH_ATTRIBUTES = {
  target: defineSearchAttributeKey('PurserTarget', 'KEYWORD'),
  subject: defineSearchAttributeKey('PurserSubject', 'KEYWORD'),
  state: defineSearchAttributeKey('PurserState', 'KEYWORD'),
  verdict: defineSearchAttributeKey('PurserVerdict', 'KEYWORD'),
  access: defineSearchAttributeKey('PurserAccess', 'KEYWORD_LIST'),
  expiry: defineSearchAttributeKey('PurserExpiry', 'DATETIME'),
} as const;

/** The values of the search attribute PurserState, by the type of the workflow that sets them. */
export const STATES = {
  onboard: [
    'running',
    'awaiting-first-login',
    'undoing',
    'undo-overdue',
    'proven',
    'granted-unproven',
    'failed',
  ],
  revoke: [
    'running',
    'revocation-overdue',
    'revoked',
    'revoked-unproven',
    'nothing-to-revoke',
    'failed',
  ],
  sweep: ['running', 'clean', 'needs-attention', 'failed'],
  checkHealth: ['quiet', 'alerting', 'flapping', 'maintenance'],
  collectLogs: ['running', 'collected', 'failed'],
  notify: ['delivering', 'delivered', 'undelivered'],
} as const;

/** What one type of workflow, or one of several, shows as its PurserState. */
export type StateOf<W extends keyof typeof STATES> = (typeof STATES)[W][number];

/** A subject as the search attribute PurserSubject holds it. */
export function subjectAttribute(subject: Subject): string {
  return bounded(formatSubject(subject));
}

// A schedule adds the time to the ids of its runs (21 characters), and Temporal keeps the schedule itself as
// a workflow `temporal-sys-scheduler:<id>` (23); a collection around a failure adds its own time (33).
const SCHEDULE_AT_MOST = ID_AT_MOST - 40;

/**
 * `onboard/<target>/<Kind>/<name>`: a second onboarding of a subject while one runs is refused. A name
 * that makes the id too long for PostgreSQL has a hash for its end, as in every other id.
 */
export function onboardId(target: string, subject: Subject): string {
  return subjectWorkflowId('onboard', target, subject);
}

/** `revoke/<target>/<Kind>/<name>`. */
export function revokeId(target: string, subject: Subject): string {
  return subjectWorkflowId('revoke', target, subject);
}

/** `sweep/<target>`: a sweep that a person asked for, and the schedule of a target's sweeps. */
export function sweepId(target: string): string {
  return boundedId(['sweep', target], SCHEDULE_AT_MOST);
}

/** `notify/<target>/<check>`: all messages about a check go through one workflow, in their order. */
export function notifyId(target: string, check: string): string {
  return boundedId(['notify', target, check]);
}

/** `health/<target>`: the schedule of a target's checks; its runs have the time added. */
export function healthId(target: string): string {
  return boundedId(['health', target], SCHEDULE_AT_MOST);
}

/** `health/<target>/manual`: a check of a target that has no schedule. */
export function manualHealthId(target: string): string {
  return `${healthId(target)}/manual`;
}

/** `logs/<target>`: a collection that a person asked for, and the schedule of a target's collections. */
export function logsId(target: string): string {
  return boundedId(['logs', target], SCHEDULE_AT_MOST);
}

/** `logs/<target>/failure-<time>`: a collection around a failure that a health check found. */
export function failureLogsId(target: string, at: string): string {
  return `${logsId(target)}/failure-${at}`;
}

/** The workflows that only read, or that try a thing once: each run has an id of its own. */
export const READS = [
  'listAccess',
  'checkIdentity',
  'checkTarget',
  'readMetrics',
  'readHealthHistory',
  'readLastHealth',
  'testNotifiers',
] as const;

/** `list-access/<target>/<UUID>`: the workflow's type in kebab-case, the target, and what tells runs apart. */
export function readId(workflow: (typeof READS)[number], target: string, unique: string): string {
  return boundedId([
    workflow.replaceAll(/[A-Z]/g, (each) => `-${each.toLowerCase()}`),
    target,
    unique,
  ]);
}

/** Whether an id is a schedule's own, with the time of the run that schedules add: `-2026-11-28T12:00:00Z`. */
export function isRunOf(schedule: string, workflowId: string): boolean {
  return workflowId.startsWith(`${schedule}-`) && isTime(workflowId.slice(schedule.length + 1));
}

/** Whether a part of an id is a time in UTC. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text);
}

/** Gives a running `notify` one more message. */
export const addAlertSignal = defineSignal<[Alert]>('addAlert');

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
  | 'purser_undos_total'
  | 'purser_sweep_run_timestamp_seconds'
  | 'purser_sweep_findings'
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
  /** What is known already when the wait begins, such as what will stand in a login's way. */
  readonly findings?: readonly Finding[];
}

/** How far a workflow is: the steps that are done, and the one that is under way. */
export interface Progress {
  readonly steps: readonly Step[];
  readonly running: string | undefined;
  readonly waiting?: Waiting | undefined;
  readonly undo?: Undoing | undefined;
}

/** An undo that takes longer than it should. It is tried again for as long as it takes. */
export interface Undoing {
  /** RFC 3339, UTC. */
  readonly since: string;
  /** What may still be there, each with the last error. */
  readonly left: readonly Left[];
  /** What to do about it. */
  readonly advice: string;
}

/** Answers with {@link Progress}, also after the workflow has ended. */
export const progressQuery = defineQuery<Progress>('progress');

/**
 * The report of a run that has ended, also of one that was cancelled: Temporal keeps no result of
 * those. Fails while the run has not ended.
 */
export const reportQuery = defineQuery<{ readonly report: Report; readonly location?: string }>(
  'report',
);

/**
 * Ends the waiting for an undo that cannot be done: the run ends with a report of what is left, which
 * is what it resolves to. Rejected by a run that is not undoing.
 */
export const abandonUndoUpdate = defineUpdate<readonly Left[]>('abandonUndo');

/** What came of a look that was asked for. */
export interface LoginPoll {
  readonly hasLoggedIn: boolean;
  readonly detail: string;
}

/**
 * Says that a person has logged in, so that an onboarding which waits for it looks at once. Rejected
 * by one that does not wait.
 */
export const confirmLoginUpdate = defineUpdate<LoginPoll>('confirmLogin');
