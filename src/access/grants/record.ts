import { parseAccess, rolesOf } from '../model/access.ts';
import type { Access } from '../model/access.ts';
import { shown } from '../../domain/inputs/shown.ts';
import { formatSubject, parseSubject } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';
import { ANNOTATIONS, GRANT_STATES, LABELS, subjectLabel } from '../../kubernetes/labels.ts';
import type { GrantState } from '../../kubernetes/labels.ts';

const NAMED_AT_MOST = 5;
const NAME_LOOKED_AT = 1_000;

/**
 * What Purser wrote down in a binding when it made it. Whoever may edit the binding may have changed it
 * since: each field is absent where it is missing or not of Purser's form.
 */
export interface GrantNote {
  /** As {@link formatSubject} writes it. */
  readonly subject?: string;
  readonly access?: string;
  readonly subjectUid?: string;
  readonly madeBy?: string;
  readonly state?: GrantState;
  readonly requestedBy?: string;
  readonly reason?: string;
}

/** How what stands differs from what was recorded. */
export interface Differences {
  /** Subjects that stand in the binding and were not recorded. */
  readonly others: readonly StandingSubject[];
  /** Whether the recorded subject no longer stands in it. */
  readonly isGone: boolean;
  /** The role that stands, where none that the recorded access has ever stood for. */
  readonly role?: string;
}

/**
 * A subject of a binding, as it is there; only a service account has a namespace. Its names are of any
 * length and hold anything: {@link describeStanding} is for people.
 */
export interface StandingSubject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Reads the note in a binding. */
export function noteOf({ metadata }: Binding): GrantNote {
  const notes = metadata.annotations ?? {};
  const state = GRANT_STATES.find((known) => known === notes[ANNOTATIONS.state]);
  const fields = {
    subject: notes[ANNOTATIONS.subject],
    access: notes[ANNOTATIONS.access],
    subjectUid: notes[ANNOTATIONS.subjectUid],
    madeBy: notes[ANNOTATIONS.madeBy],
    state,
    requestedBy: notes[ANNOTATIONS.requestedBy],
    reason: notes[ANNOTATIONS.reason],
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Whether the binding carries the marks of a grant of Purser's: its label, and the run that made it. */
export function isGrant(binding: Binding): boolean {
  const isManaged = binding.metadata.labels?.[LABELS.managed] === 'grant';
  return isManaged && noteOf(binding).madeBy !== undefined;
}

/**
 * Whether it was made for this very subject: by its label, and by its note where that is there. A person's
 * note was once the mere name, also of who is called `sa/x` or `Group/devs`; the label tells them apart.
 */
export function isRecordedFor(binding: Binding, subject: Subject): boolean {
  const { subject: noted = formatSubject(subject) } = noteOf(binding);
  const label = binding.metadata.labels?.[LABELS.subject];
  if (label !== subjectLabel(subject)) return false;
  return noted === formatSubject(subject) || (subject.kind === 'User' && noted === subject.name);
}

/**
 * The subject that the note names. A person may be called `Group/devs`, so that the label decides
 * between the two; undefined where neither fits it.
 */
export function recordedSubject(binding: Binding): Subject | undefined {
  const { subject: text } = noteOf(binding);
  if (text === undefined) return undefined;
  const read: readonly Subject[] = [toSubject(parseSubject(text)), { kind: 'User', name: text }];
  const label = binding.metadata.labels?.[LABELS.subject];
  return read.find((subject) => subjectLabel(subject) === label);
}

/** Compares what stands with what was recorded for this subject and access. */
export function differencesOf(
  binding: Binding,
  { subject, access }: { readonly subject: Subject; readonly access: Access },
): Differences {
  const stands = subjectsOf(binding);
  const recorded = keyOf(subject);
  const { kind, name } = binding.roleRef;
  const isKnownRole = kind === 'ClusterRole' && rolesOf(access).includes(name);
  return {
    others: stands.filter((each) => keyOf(each) !== recorded),
    isGone: stands.every((each) => keyOf(each) !== recorded),
    ...(isKnownRole ? {} : { role: kind === 'ClusterRole' ? name : `${kind} ${name}` }),
  };
}

/** The differences as a sentence about the binding; undefined where there are none. */
export function describeDifferences(
  { others, isGone, role }: Differences,
  { subject }: { readonly subject: Subject },
): string | undefined {
  const who = shown(formatSubject(subject));
  const parts = [
    ...(others.length === 0 ? [] : [`gives it to ${named(others)} as well, added by hand`]),
    ...(isGone ? [`no longer names ${who}`] : []),
    ...(role === undefined ? [] : [`gives the role ${shown(role)}, which Purser did not grant`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', and ');
}

/** The subjects that a binding names, each once, sorted. */
export function subjectsOf({ subjects }: Binding): readonly StandingSubject[] {
  const all = (subjects ?? []).map(({ kind, name, namespace = '' }) =>
    kind === 'ServiceAccount' ? { kind, namespace, name } : { kind, name },
  );
  const byKey = [...new Map(all.map((each) => [keyOf(each), each]))];
  return byKey.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/**
 * A subject as {@link formatSubject} writes it, for people. Who is called like a group is told apart
 * from it: `User/Group/devs`.
 */
export function describeStanding({ kind, namespace, name }: StandingSubject): string {
  // No more than is shown is looked at.
  const start = name.slice(0, NAME_LOOKED_AT);
  if (kind !== 'User') {
    return shown(`${kind}/${namespace === undefined ? '' : `${namespace}:`}${start}`);
  }
  const isPlain = parseSubject(start)['name'] === start;
  return shown(isPlain ? start : `User/${start}`);
}

/** Whom a binding gives its role, for messages: an edited one may name as many as it likes. */
export function standsFor(binding: Binding): string {
  return named(subjectsOf(binding)) || 'nobody';
}

/**
 * Whether the subject that the grant was made for is another one today: `uid` is what the cluster says
 * now, undefined for one that is not there. Says so in a sentence; undefined where it is the same one,
 * or where no uid was recorded (`before-login`, an external issuer).
 */
export function staleness(note: GrantNote, uid: string | undefined): string | undefined {
  const { subjectUid } = note;
  if (subjectUid === undefined || subjectUid === uid) return undefined;
  const [then, who] = [shown(subjectUid), shown(note.subject ?? 'the subject')];
  return uid === undefined
    ? `recorded for uid ${then}, and there is no ${who} any more`
    : `recorded for uid ${then}, and ${who} has the uid ${uid} now: it may be somebody else`;
}

/** The access that the note names; undefined where it is none. */
export function recordedAccess(binding: Binding): Access | undefined {
  try {
    return parseAccess(noteOf(binding).access ?? '');
  } catch {
    return undefined;
  }
}

function named(subjects: readonly StandingSubject[]): string {
  const more = subjects.length - NAMED_AT_MOST;
  const told = subjects.slice(0, NAMED_AT_MOST).map(describeStanding).join(', ');
  return more > 0 ? `${told} and ${more} more` : told;
}

// Not as people write it: a person may be called `Group/devs`.
function keyOf(subject: StandingSubject): string {
  return JSON.stringify([subject.kind, subject.namespace ?? '', subject.name]);
}

// RBAC has no other kinds; what is none of these is read as a person's name.
function toSubject({ kind, name = '', namespace = '' }: Record<string, string>): Subject {
  if (kind === 'ServiceAccount') return { kind, namespace, name };
  return { kind: kind === 'Group' ? 'Group' : 'User', name };
}
