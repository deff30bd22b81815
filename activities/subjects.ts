import { findSubject, hasNamespace, servesUsers } from '../src/cluster/subjects.ts';
import type { SubjectFacts } from '../src/cluster/subjects.ts';
import { parseAccess } from '../src/domain/access.ts';
import { PurserError } from '../src/domain/errors.ts';
import type { Step } from '../src/domain/report.ts';
import { formatSubject } from '../src/domain/subject.ts';
import type { Subject } from '../src/domain/subject.ts';
import { attempt } from './attempt.ts';
import type { Target } from './target.ts';

export type { SubjectFacts } from '../src/cluster/subjects.ts';

export interface FoundSubject {
  readonly step: Step;
  readonly findings: readonly string[];
  readonly facts: SubjectFacts;
}

export const createSubjectActivities = (target: Target) => ({
  /**
   * Looks up the subject and the namespaces of the accesses.
   *
   * Throws `SubjectNotFound` for a group or service account that is not there and
   * `NamespaceNotFound` for a namespace. A person without a User object is a finding only: nobody
   * has one before the first login (openshift-facts.md 4.2).
   */
  async findSubject(input: {
    readonly subject: Subject;
    readonly accesses: readonly string[];
    /** For taking back: then nothing that is gone is an error. */
    readonly mayBeGone?: boolean;
  }): Promise<FoundSubject> {
    return attempt(async ({ signal }) => {
      const began = performance.now();
      const { cluster, name } = target;
      const mustExist = input.mayBeGone !== true;
      if (mustExist) await assertNamespaces(target, input.accesses, signal);
      const facts = await findSubject(
        cluster,
        input.subject,
        await servesUsers(cluster, signal),
        signal,
      );
      const who = formatSubject(input.subject);
      if (mustExist && !facts.exists && input.subject.kind !== 'User') {
        throw notFound(input.subject, name);
      }
      const detail = facts.exists ? describe(who, facts) : `${who} does not exist (yet)`;
      return {
        step: {
          name: 'subject',
          outcome: 'passed',
          detail,
          durationMs: Math.round(performance.now() - began),
        },
        findings: findingsOf(input.subject, facts),
        facts,
      };
    });
  },
});

async function assertNamespaces(
  { cluster, name }: Target,
  accesses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set(accesses.flatMap((access) => parseAccess(access).namespace ?? []));
  for (const namespace of wanted) {
    if (await hasNamespace(cluster, namespace, signal)) continue;
    throw new PurserError(
      'NamespaceNotFound',
      `the namespace ${namespace} does not exist on ${name}; the registry makes none, so create the project first (oc new-project ${namespace})`,
    );
  }
}

function notFound(subject: Subject, target: string): PurserError {
  const advice =
    subject.kind === 'ServiceAccount'
      ? `create it first (oc create serviceaccount ${subject.name} -n ${subject.namespace})`
      : 'check the spelling, or sync the group from its provider first';
  return new PurserError(
    'SubjectNotFound',
    `${formatSubject(subject)} does not exist on ${target}; ${advice}`,
  );
}

function findingsOf(subject: Subject, facts: SubjectFacts): readonly string[] {
  if (!facts.exists) {
    return [
      `${formatSubject(subject)} has no User object: it appears at the first login. The role works from then on; ` +
        'until then nothing can be tried with their rights',
    ];
  }
  if (facts.members?.length === 0) return [`${formatSubject(subject)} has no members`];
  return [];
}

function describe(who: string, { members, groups }: SubjectFacts): string {
  if (members !== undefined) return `${who}, ${members.length} members`;
  const own = groups.filter((group) => !group.startsWith('system:'));
  return own.length === 0 ? `${who} exists` : `${who} exists, in ${own.join(', ')}`;
}
