import type { CompletedLogin } from '../../../activities/access/people/logins.ts';
import type { FoundSubject } from '../../../activities/access/people/subjects.ts';
import type { FirstLogin, GrantTime } from '../../../src/access/model/first-login.ts';
import type { GrantRecord } from '../../../src/access/model/report/report.ts';
import type { OnboardRequest } from '../../../src/access/model/request.ts';
import type { RevocableGrant } from '../../../src/access/model/grants/revocation.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Labels } from '../../../workflows/contract.ts';
import { startOnboard } from '../../../src/temporal/starts.ts';
import { endOfRun } from '../../support/run-end.ts';
import type { RunEnd } from '../../support/run-end.ts';
import type { Call, Stubs, WorkflowEnvironment } from '../../support/workflow-environment.ts';

export const ALICE = { kind: 'User', name: 'alice' } as const;
export const PULL = 'pull:team-a';
export const PUSH = 'push:team-b';

export function stepOf(name: string, more: Partial<Step> = {}): Step {
  return { name, outcome: 'passed', detail: `${name} is fine`, durationMs: 1, ...more };
}

/** The binding of an access, as a report names it. */
export function grantOf(access: string, made: GrantRecord['made'] = 'by-this-run'): GrantRecord {
  const namespace = access.split(':')[1] ?? '';
  const [role, binding] = ['registry-viewer', `purser-${access.replace(':', '-')}`];
  return { access, role, binding, namespace, uid: `uid-${access}`, made };
}

export function nameOf({ namespace, binding }: GrantRecord): string {
  return `RoleBinding ${namespace}/${binding}`;
}

/** A subject who is there and has logged in. */
export function foundSubject(subject: Subject, more: Partial<FoundSubject> = {}): FoundSubject {
  return {
    step: stepOf('subject'),
    findings: [],
    plan: [],
    subject,
    facts: { exists: true, uid: `uid-of-${subject.name}` },
    login: { is: 'behind', through: ['local'] },
    ...more,
  };
}

/** A cluster on which everything succeeds, and every undo finds what there was. */
export const GOOD: Stubs = {
  requireIdentityProvider: () => ({ step: stepOf('identity provider'), findings: [] }),
  findSubject: ({ subject }) => foundSubject(subject),
  planAccess: () => ({ plan: [] }),
  grantAccess: ({ accesses }) => ({
    steps: accesses.map((access) => stepOf(`grant ${access}`)),
    grants: accesses.map((access) => grantOf(access)),
    findings: [],
    unanswered: false,
  }),
  undoGrants: ({ accesses }) => ({
    removed: accesses.map((access) => nameOf(grantOf(access))),
    attempt: 1,
  }),
  proveAccess: () => ({ verdict: 'proven', steps: [stepOf('pull')], findings: [] }),
  undoProof: () => ({ notes: [] }),
  markGrants: () => ({ findings: [], gone: [] }),
  archiveReport: ({ workflowId }) => ({ location: `archive/${workflowId}.json` }),
  listOpenOnboardings: () => ({ open: [] }),
  findSubjectNames: ({ subject }) => ({ names: [subject], findings: [] }),
  findGrants: ({ access }) => ({
    grants: [revocable(access)],
    foreign: [],
    alike: [],
    findings: [],
  }),
  findGrantEvidence: () => ({ bindings: [] }),
  revokeGrant: () => ({ is: 'deleted' }),
  proveRefusal: () => ({ verdict: 'proven', steps: [stepOf('pull refused')], findings: [] }),
};

/** A binding of Purser's that was found. */
export function revocable(access: string, more: Partial<RevocableGrant> = {}): RevocableGrant {
  const record = grantOf(access, 'before');
  return {
    record,
    decided: { binding: record.binding, uid: record.uid, stands: 'as-made' },
    recordedFor: 'alice',
    ...more,
  };
}

export function namesOf(calls: readonly Call[]): readonly string[] {
  return calls.map(({ name }) => name);
}

/** What findings say, to be searched for a sentence. */
export function textsOf(findings: readonly Finding[]): string {
  return findings.map(({ text }) => text).join('; ');
}

/** A first login that is still to come. */
export function ahead(grant: GrantTime): FirstLogin {
  return {
    is: 'ahead',
    grant,
    providers: ['local'],
  };
}

/** The login of {@link ALICE}, when it has taken place. */
export const LOGIN: CompletedLogin = { facts: { exists: true, uid: 'u-1' }, through: ['local'] };

/** Starts an onboarding of alice for {@link PULL}. */
export function startOnboarding(
  { client }: WorkflowEnvironment,
  more: Partial<OnboardRequest> = {},
): ReturnType<typeof startOnboard> {
  return startOnboard(client, {
    target: 'prod',
    subject: ALICE,
    accesses: [PULL],
    prove: 'if-possible',
    ...more,
  });
}

/** {@link startOnboarding}, and waits for its end. */
export async function runOnboarding(
  env: WorkflowEnvironment,
  more: Partial<OnboardRequest> = {},
): Promise<RunEnd> {
  return endOfRun(await startOnboarding(env, more));
}

/** The labels of each value that a metric got. */
export function labelsOf({ meters }: WorkflowEnvironment, name: string): readonly Labels[] {
  return meters.filter((each) => each.name === name).map(({ labels }) => labels);
}
