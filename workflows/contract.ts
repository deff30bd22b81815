// What both sides of Temporal must agree on: names, ids, messages. No logic of workflows is here, so
// that clients may import it by value.
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery } from '@temporalio/workflow';
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

/** `logs/<target>`: a collection that somebody asked for, and the schedule of a target’s collections. */
export const logsId = (target: string): string => `logs/${encodeURIComponent(target)}`;

/** How far a workflow is: the steps that are done, and the one that is under way. */
export interface Progress {
  readonly steps: readonly Step[];
  readonly running: string | undefined;
}

/** Answers with {@link Progress}, also after the workflow has ended. */
export const progressQuery = defineQuery<Progress>('progress');

// Each part is encoded, so that a name with a slash cannot pass for another subject's id.
function subjectId(verb: string, target: string, subject: Subject): string {
  return [verb, target, subject.kind, subjectKey(subject)].map(encodeURIComponent).join('/');
}
