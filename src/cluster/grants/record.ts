import { parseAccess, rolesOf } from '../../domain/access.ts';
import type { Access } from '../../domain/access.ts';
import { formatSubject, parseSubject } from '../../domain/subject.ts';
import type { Subject } from '../../domain/subject.ts';
import type { Binding } from '../api/objects.ts';
import { ANNOTATIONS, GRANT_STATES, LABELS, subjectLabel } from '../labels.ts';
import type { GrantState } from '../labels.ts';

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
  /** Subjects that stand in the binding and were not recorded, as {@link formatSubject} writes them. */
  readonly others: readonly string[];
  /** Whether the recorded subject no longer stands in it. */
  readonly isGone: boolean;
  /** The role that stands, where none that the recorded access has ever stood for. */
  readonly role?: string;
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

/** Whether it was made for this very subject: by its label, and by its note where that is there. */
export function isRecordedFor(binding: Binding, subject: Subject): boolean {
  const { subject: noted = formatSubject(subject) } = noteOf(binding);
  const label = binding.metadata.labels?.[LABELS.subject];
  return label === subjectLabel(subject) && noted === formatSubject(subject);
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
  const recorded = formatSubject(subject);
  const { kind, name } = binding.roleRef;
  const isKnownRole = kind === 'ClusterRole' && rolesOf(access).includes(name);
  return {
    others: stands.filter((each) => each !== recorded),
    isGone: !stands.includes(recorded),
    ...(isKnownRole ? {} : { role: kind === 'ClusterRole' ? name : `${kind} ${name}` }),
  };
}

/** The differences as a sentence about the binding; undefined where there are none. */
export function tellDifferences(
  { others, isGone, role }: Differences,
  { subject }: { readonly subject: Subject },
): string | undefined {
  const who = formatSubject(subject);
  const parts = [
    ...(others.length === 0 ? [] : [`gives it to ${named(others)} as well, added by hand`]),
    ...(isGone ? [`no longer names ${who}`] : []),
    ...(role === undefined ? [] : [`gives the role ${role}, which Purser did not grant`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', and ');
}

/** The subjects that a binding names, as {@link formatSubject} writes them, sorted. */
export function subjectsOf({ subjects }: Binding): readonly string[] {
  const all = (subjects ?? []).map(({ kind, name, namespace }) =>
    formatSubject(toSubject({ kind, name, namespace: namespace ?? '' })),
  );
  return [...new Set(all)].sort();
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
  const { subjectUid, subject = 'the subject' } = note;
  if (subjectUid === undefined || subjectUid === uid) return undefined;
  return uid === undefined
    ? `recorded for uid ${subjectUid}, and there is no ${subject} any more`
    : `recorded for uid ${subjectUid}, and ${subject} has the uid ${uid} now: it may be somebody else`;
}

/** The access that the note names; undefined where it is none. */
export function recordedAccess(binding: Binding): Access | undefined {
  try {
    return parseAccess(noteOf(binding).access ?? '');
  } catch {
    return undefined;
  }
}

function named(subjects: readonly string[]): string {
  const more = subjects.length - 5;
  return more > 0 ? `${subjects.slice(0, 5).join(', ')} and ${more} more` : subjects.join(', ');
}

// RBAC has no other kinds; one that it took all the same is shown as a person of that name.
function toSubject({ kind, name = '', namespace = '' }: Record<string, string>): Subject {
  if (kind === 'ServiceAccount') return { kind, namespace, name };
  return { kind: kind === 'Group' ? 'Group' : 'User', name };
}
