// The contract between clients and workers: names, ids, messages. It has no logic of workflows, so that
// clients may import it by value.
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

/** Task queue of a target's activities: each cluster can run its own worker. */
export function targetQueue(target: string): string {
  return `purser.${target}`;
}

/**
 * Task queue of the activities that use a subject's token. That right is as strong as cluster-admin,
 * so a separate worker, with a service account of its own, can have it (docs/decisions/0005-three-task-queues.md).
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

/** The values of PurserState of one type of workflow, or of several. */
export type StateOf<W extends keyof typeof STATES> = (typeof STATES)[W][number];

/** A subject as the search attribute PurserSubject holds it. */
export function subjectAttribute(subject: Subject): string {
  return bounded(formatSubject(subject));
}

// A schedule adds the time to the ids of its runs (21 characters), and Temporal keeps the schedule itself as
// a workflow `temporal-sys-scheduler:<id>` (23); a collection around a failure adds its own time (33).
const SCHEDULE_AT_MOST = ID_AT_MOST - 40;

/**
 * `onboard/<target>/<Kind>/<name>`: a second onboarding of a subject while one runs is refused. In every id,
 * a hash replaces the end of a name that makes the id too long for PostgreSQL.
 */
export function onboardId(target: string, subject: Subject): string {
  return subjectWorkflowId('onboard', target, subject);
}

/** `revoke/<target>/<Kind>/<name>`. */
export function revokeId(target: string, subject: Subject): string {
  return subjectWorkflowId('revoke', target, subject);
}

/** `sweep/<target>`: a sweep by hand, and the schedule of a target's sweeps. */
export function sweepId(target: string): string {
  return boundedId(['sweep', target], SCHEDULE_AT_MOST);
}

/** `notify/<target>/<check>`: all messages about a check go through one workflow, in their order. */
export function notifyId(target: string, check: string): string {
  return boundedId(['notify', target, check]);
}

/** `health/<target>`: the schedule of a target's checks; the ids of its runs have the time added. */
export function healthId(target: string): string {
  return boundedId(['health', target], SCHEDULE_AT_MOST);
}

/** `health/<target>/manual`: a check of a target that has no schedule. */
export function manualHealthId(target: string): string {
  return `${healthId(target)}/manual`;
}

/** `logs/<target>`: a collection by hand, and the schedule of a target's collections. */
export function logsId(target: string): string {
  return boundedId(['logs', target], SCHEDULE_AT_MOST);
}

/** `logs/<target>/failure-<time>`: a collection around a failure that a health check found. */
export function failureLogsId(target: string, at: string): string {
  return `${logsId(target)}/failure-${at}`;
}

/** The workflows that only read, or that try something once: each run has an id of its own. */
export const READS = [
  'listAccess',
  'checkIdentity',
  'checkTarget',
  'readMetrics',
  'readHealthHistory',
  'readLastHealth',
  'testNotifiers',
] as const;

/** `list-access/<target>/<UUID>`: the workflow's type in kebab-case, the target, and a part that makes it unique. */
export function readId(workflow: (typeof READS)[number], target: string, unique: string): string {
  return boundedId([
    workflow.replaceAll(/[A-Z]/g, (each) => `-${each.toLowerCase()}`),
    target,
    unique,
  ]);
}

/** Whether an id is that of a scheduled run: the schedule's id and a time, `-2026-11-28T12:00:00Z`. */
export function isRunOf(schedule: string, workflowId: string): boolean {
  return workflowId.startsWith(`${schedule}-`) && isTime(workflowId.slice(schedule.length + 1));
}

/** Whether a part of an id is a time in UTC. */
export function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text);
}

/** Adds an alert to a running `notify`. */
export const addAlertSignal = defineSignal<[Alert]>('addAlert');

/** Purser's own metrics (docs/metrics.md); names of histograms omit `_seconds` at the end. */
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

/** How a workflow records metrics, by `proxySinks`. */
export interface MeterSinks extends Sinks {
  purser: { meter(name: MeterName, value: number, labels: Labels): void };
}

/** An event outside of the workflow that it waits for. The times are RFC 3339, UTC. */
export interface Waiting {
  readonly for: string;
  readonly since: string;
  readonly until: string;
  /** How often the workflow checks, and how to make it check at once. */
  readonly advice: string;
  /** What is known when the wait begins, such as a problem that will prevent a login. */
  readonly findings?: readonly Finding[];
}

/** The progress of a workflow: the steps that are done, and the step that runs. */
export interface Progress {
  readonly steps: readonly Step[];
  readonly running: string | undefined;
  readonly waiting?: Waiting | undefined;
  readonly undo?: OverdueUndo | undefined;
}

/** An undo that takes longer than it should. Purser tries it again until it succeeds. */
export interface OverdueUndo {
  /** RFC 3339, UTC. */
  readonly since: string;
  /** What may still exist, each with the last error. */
  readonly left: readonly Left[];
  /** What to do about it. */
  readonly advice: string;
}

/** Answers with {@link Progress}, also after the workflow has ended. */
export const progressQuery = defineQuery<Progress>('progress');

/**
 * The report of a run that has ended. Also for a cancelled run, of which Temporal keeps no result. Fails while
 * the run has not ended.
 */
export const reportQuery = defineQuery<{ readonly report: Report; readonly location?: string }>(
  'report',
);

/**
 * Abandons an undo that does not succeed: the run ends with a report of what is left. Resolves to what is left.
 * A run that undoes nothing rejects it.
 */
export const abandonUndoUpdate = defineUpdate<readonly Left[]>('abandonUndo');

/** The answer to {@link confirmLoginUpdate}. */
export interface LoginPoll {
  readonly hasLoggedIn: boolean;
  readonly detail: string;
}

/**
 * Says that a person has logged in: an onboarding that waits for the login checks at once. An onboarding that
 * does not wait rejects it.
 */
export const confirmLoginUpdate = defineUpdate<LoginPoll>('confirmLogin');
