import { createFinding, describeFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { readIdentitySource } from '../../../src/openshift/identity-config.ts';
import type { IdentitySource } from '../../../src/openshift/identity-config.ts';
import { findSubject, servesUsers } from '../../../src/openshift/subjects.ts';
import type { SubjectFacts } from '../../../src/openshift/subjects.ts';
import { forecastLogins, findingOfForecast } from '../../../src/openshift/users/forecast.ts';
import type { LoginProvider } from '../../../src/openshift/users/forecast.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { providerOf } from '../../../src/access/model/first-login.ts';
import type { FirstLogin } from '../../../src/access/model/first-login.ts';
import { subjectQuestionSchema } from '../../../src/access/model/inputs.ts';
import type { SubjectQuestion } from '../../../src/access/model/inputs.ts';
import type { Step } from '../../../src/domain/step.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { planGrants } from '../grants/plan.ts';
import { attempt } from '../../attempt.ts';
import { clusterSubject, explainClusterName } from '../../identity/cluster-subject.ts';
import { assertExpected } from './logins.ts';
import { assertPossibleUser, briefFacts, subjectNotFound } from './look-up.ts';
import type { SeenSubject } from './look-up.ts';
import type { Target } from '../../target.ts';

// In a directory a person may have thousands of groups, which belong in no history.
const GROUPS_NAMED = 10;

export interface FoundSubject {
  readonly step: Step;
  readonly findings: readonly Finding[];
  /** The bindings that would be made; empty for a revocation. */
  readonly plan: readonly string[];
  /**
   * By the name that the cluster knows: grant, review, proof and undo use it. See {@link clusterSubject}
   * for when it differs from the requested name.
   */
  readonly subject: Subject;
  readonly facts: SeenSubject;
  readonly login: FirstLogin;
}

type LoginQuery = Pick<SubjectQuestion, 'provider' | 'providerUser'>;

export function createSubjectActivities(target: Target) {
  return {
    /**
     * Looks up the subject, and lets the guard check what it is to be granted.
     *
     * Throws `Forbidden` for what the guard refuses, `NamespaceNotFound`, and `SubjectNotFound` for a
     * subject that does not exist. A person has no User object before the first login (openshift-facts.md
     * 4.2). A person without one is an error, unless the onboarding waits for the login, or `beforeLogin`
     * is set and the target allows it (else `Forbidden`). It also checks whether a login will succeed.
     * If `provider` is named: `NotConfigured` if there is no provider of that name, `WrongProvider` if
     * the person has logged in through another provider.
     */
    async findSubject(given: SubjectQuestion): Promise<FoundSubject> {
      return attempt(async ({ signal }) => {
        const began = performance.now();
        const input = parseRequest(subjectQuestionSchema, given);
        const { cluster } = target;
        const mustExist = input.mayBeGone !== true;
        const source = await readIdentitySource(cluster, signal);
        const subject = clusterSubject(source, input.subject);
        const plan = mustExist ? await planGrants(target, subject, input.accesses, signal) : [];
        // With an external issuer there are no User objects. The operator removes their API only later.
        const hasUsers = source.kind !== 'oidc' && (await servesUsers(cluster, signal));
        const facts = await findSubject(cluster, subject, hasUsers, signal);
        const { login, findings } =
          mustExist && hasUsers && input.subject.kind === 'User'
            ? await examineLogin(target, { ...input, source, user: subject.name, facts }, signal)
            : { login: noLogin(input.subject), findings: [] };
        if (mustExist && !facts.exists) assertMayBeMissing(target, input, findings);
        const who = formatSubject(subject);
        const durationMs = Math.round(performance.now() - began);
        const detail = facts.exists ? describe(who, facts) : `${who} does not exist (yet)`;
        return {
          step: { name: 'subject', outcome: 'passed', detail, durationMs },
          findings: [
            ...findingOfRename(input.subject, subject, explainClusterName(source)),
            ...findingsOf(subject, facts, input),
            ...findings,
          ],
          plan,
          subject,
          facts: briefFacts(facts),
          login,
        };
      }, target);
    },
  };
}

function findingOfRename(asked: Subject, known: Subject, why: string): readonly Finding[] {
  if (asked.name === known.name) return [];
  const text = `the cluster knows ${formatSubject(asked)} as ${formatSubject(known)}: ${why}`;
  return [createFinding('note', 'configuration', text)];
}

/** Whether a login of the person will succeed, and whether their first login is still ahead. */
async function examineLogin(
  target: Target,
  person: LoginQuery & {
    readonly source: IdentitySource;
    readonly user: string;
    readonly facts: SubjectFacts;
  },
  signal: AbortSignal,
): Promise<{ readonly login: FirstLogin; readonly findings: readonly Finding[] }> {
  const { source, user, facts, provider, providerUser } = person;
  const configured = source.kind === 'oauth' ? source.providers : [];
  const candidates = configured.filter(({ name }) => provider === undefined || name === provider);
  if (provider !== undefined && candidates.length === 0) throw noProvider(provider, configured);
  const providers = candidates.map(({ name }) => name);
  const identities = facts.identities ?? [];
  if (provider !== undefined) {
    assertExpected({ user, target: target.name }, identities, providers);
  }
  const findings = await findForecasts(target, { user, providerUser }, candidates, signal);
  if (identities.length === 0) {
    return { login: { is: 'ahead', grant: target.grant, providers }, findings };
  }
  return { login: { is: 'behind', through: identities.map(providerOf) }, findings };
}

async function findForecasts(
  { cluster }: Target,
  person: { readonly user: string; readonly providerUser?: string | undefined },
  providers: readonly LoginProvider[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const forecasts = await forecastLogins(cluster, person, providers, signal);
    return forecasts.flatMap((each) => findingOfForecast(each) ?? []);
  } catch (error) {
    // An onboarding does not need it, and an older role of Purser's lacks the right.
    if (!(error instanceof ClusterFailure) || error.status !== 403) throw error;
    const text =
      'Purser could not check whether a login will succeed: it may not list identities (deploy/rbac/purser.yaml)';
    return [createFinding('unknown', 'forbidden', text)];
  }
}

function noLogin({ kind }: Subject): FirstLogin {
  return kind === 'User'
    ? {
        is: 'not-applicable',
        why: 'this cluster keeps no User objects (an external OIDC issuer, or plain Kubernetes). Purser cannot see a first login, and the role works from that login on',
      }
    : { is: 'not-applicable', why: 'only people log in' };
}

function noProvider(named: string, providers: readonly LoginProvider[]): PurserError {
  const names = providers.map(({ name }) => name).join(', ') || 'none';
  return new PurserError(
    'NotConfigured',
    `there is no identity provider ${named}: OAuth/cluster has ${names}`,
  );
}

function assertMayBeMissing(
  { name, grant }: Target,
  { subject, isAwaited = false, beforeLogin = false }: SubjectQuestion,
  foretold: readonly Finding[],
): void {
  if (subject.kind !== 'User') throw subjectNotFound(subject, name);
  assertPossibleUser(subject, name);
  if (isAwaited) return;
  // The reader of the error does not see the report's findings, and could wait for days without success.
  const warnings = foretold.map((each) => `; and: ${describeFinding(each)}`).join('');
  const wait = '--wait-for-login 7d waits for the first login, and grants to that very User';
  if (!beforeLogin) {
    const byName =
      grant === 'before-login'
        ? '; --before-login grants to the name: the first person to log in under it gets the access'
        : '';
    const advice = `no person has logged in under that name. Check the spelling; ${wait}${byName}${warnings}`;
    throw subjectNotFound(subject, name, advice);
  }
  if (grant === 'before-login') return;
  throw new PurserError(
    'Forbidden',
    `${subject.name} has not logged in to ${name} yet, and the target grants nothing to a mere name (\`grant: after-login\`); ${wait}${warnings}`,
  );
}

function findingsOf(
  subject: Subject,
  facts: SubjectFacts,
  { isAwaited = false }: SubjectQuestion,
): readonly Finding[] {
  const who = formatSubject(subject);
  if (!facts.exists) {
    if (isAwaited) return [];
    const text =
      `${who} has no User object: it appears at the first login. From then on the role works for the person who logs in under that name; ` +
      'until then Purser can try nothing with their rights. --wait-for-login 7d waits for the login, and proves the access afterwards';
    return [createFinding('warning', 'configuration', text)];
  }
  if (facts.memberCount !== 0) return [];
  const source = facts.syncedFrom;
  const text =
    source === undefined
      ? `${who} has no members, so the access has no effect until you add some (oc adm groups add-users ${subject.name} NAME)`
      : `${who} has no members, so the access has no effect until the sync from ${source} brings some`;
  return [createFinding('warning', 'configuration', text)];
}

function describe(who: string, { memberCount, groups, syncedFrom }: SubjectFacts): string {
  if (memberCount !== undefined) {
    const source = syncedFrom === undefined ? '' : `, synced from ${syncedFrom}`;
    return `${who}, ${memberCount} members${source}`;
  }
  const own = groups.filter((group) => !group.startsWith('system:'));
  if (own.length === 0) return `${who} exists`;
  const more = own.length - GROUPS_NAMED;
  const named = own.slice(0, GROUPS_NAMED).join(', ');
  return `${who} exists, in ${named}${more > 0 ? ` and ${more} more groups` : ''}`;
}
