import type { Cluster } from '../../../src/kubernetes/api/cluster.ts';
import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import {
  differencesOf,
  noteOf,
  recordedAccess,
  recordedSubject,
  staleness,
  subjectsOf,
  describeDifferences,
  describeStanding,
} from '../../../src/access/grants/record.ts';
import { findUid, servesUsers } from '../../../src/openshift/subjects.ts';
import type { AccessRow } from '../../../src/access/model/grants/access-list.ts';
import { shown } from '../../../src/domain/inputs/shown.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';

const LOOKUPS_AT_ONCE = 10;
const SUBJECTS_AT_MOST = 20;
// A reason has 500 at most, and a run's mark less.
const NOTE_AT_MOST = 500;

/** The uid that a subject has today; `unknown` if the cluster does not tell. */
export type UidLookup = (
  subject: Subject,
) => Promise<{ readonly is: 'known'; readonly uid?: string } | { readonly is: 'unknown' }>;

/** Makes a row. Anyone who may edit the binding can write it, so that each text is escaped and cut. */
export async function rowOf(binding: Binding, uidOf: UidLookup): Promise<AccessRow> {
  const { metadata, roleRef } = binding;
  const note = noteOf(binding);
  const { requestedBy, reason } = note;
  const marks = await marksOf(binding, uidOf);
  return {
    subject: describeSubjects(binding),
    access: shown(note.access ?? roleRef.name),
    role: shown(roleRef.name),
    since: metadata.creationTimestamp ?? '',
    state: note.state ?? 'unknown',
    ...(requestedBy === undefined ? {} : { requestedBy: shown(requestedBy, NOTE_AT_MOST) }),
    ...(reason === undefined ? {} : { reason: shown(reason, NOTE_AT_MOST) }),
    madeBy: shown(note.madeBy ?? '', NOTE_AT_MOST),
    ...(marks.length === 0 ? {} : { marks }),
  };
}

/** Looks uids up, each subject once and a few at a time. A failed look-up does not fail the list. */
export function createUidLookup(cluster: Cluster, signal: AbortSignal): UidLookup {
  const known = new Map<string, ReturnType<UidLookup>>();
  const queues = Array.from({ length: LOOKUPS_AT_ONCE }, () => Promise.resolve());
  let users: Promise<boolean> | undefined;
  let next = 0;
  const lookUp: UidLookup = async (subject) => {
    try {
      users ??= servesUsers(cluster, signal);
      const hasUsers = await users;
      // Without objects there are no uids to compare.
      if (!hasUsers && subject.kind !== 'ServiceAccount') return { is: 'unknown' };
      if (subject.kind === 'Group' && subject.name.startsWith('system:')) return { is: 'unknown' };
      const uid = await findUid(cluster, subject, signal);
      return { is: 'known', ...(uid === undefined ? {} : { uid }) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { is: 'unknown' };
    }
  };
  return (subject) => {
    const key = `${subject.kind}/${formatSubject(subject)}`;
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier;
    const queue = next++ % LOOKUPS_AT_ONCE;
    const found = (queues[queue] ?? Promise.resolve()).then(() => lookUp(subject));
    queues[queue] = found.then(() => {});
    known.set(key, found);
    return found;
  };
}

async function marksOf(binding: Binding, uidOf: UidLookup): Promise<readonly string[]> {
  const subject = recordedSubject(binding);
  const access = recordedAccess(binding);
  if (subject === undefined || access === undefined) {
    return ['what Purser recorded in it was changed: its subject or its access is missing'];
  }
  const differs = describeDifferences(differencesOf(binding, { subject, access }), { subject });
  const note = noteOf(binding);
  const uid = note.subjectUid === undefined ? undefined : await uidOf(subject);
  const stale = uid?.is === 'known' ? staleness(note, uid.uid) : undefined;
  return [
    ...(differs === undefined ? [] : [`recorded for ${shown(formatSubject(subject))}: ${differs}`]),
    ...(stale === undefined ? [] : [`stale: ${stale}`]),
  ];
}

function describeSubjects(binding: Binding): string {
  const subjects = subjectsOf(binding);
  const more = subjects.length - SUBJECTS_AT_MOST;
  const named =
    subjects.slice(0, SUBJECTS_AT_MOST).map(describeStanding).join(', ') || '(no subjects)';
  return more > 0 ? `${named} and ${more} more` : named;
}
