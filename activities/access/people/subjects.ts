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

// A directory may have somebody in thousands, which belong in no history.
const GROUPS_NAMED = 10;

export interface FoundSubject {
  readonly step: Step;
  readonly findings: readonly Finding[];
  /** What would be bound; nothing where something is taken away. */
  readonly plan: readonly string[];
  /**
   * By the name that the cluster knows: all that follows (grant, review, proof, undo) goes by it. See
   * {@link clusterSubject} for when it is another than the one that was asked for.
   */
  readonly subject: Subject;
  readonly facts: SeenSubject;
  readonly login: FirstLogin;
}

type LoginQuery = Pick<SubjectQuestion, 'provider' | 'providerUser'>;

export function createSubjectActivities(target: Target) {
  return {
    /**
     * Looks up the subject, and has the guard judge what it is to be given.
     *
     * Throws `Forbidden` for what the guard refuses, `NamespaceNotFound`, and `SubjectNotFound` for a
     * subject that is not there. Nobody has a User object before the first login (openshift-facts.md
     * 4.2): a person without one is an error unless the login is waited for, or `beforeLogin` is asked for where the target allows it
     * (else `Forbidden`). What a login will meet is foretold, too.
     * Where `provider` is named: `NotConfigured` if there is none of that name, `WrongProvider` if the
     * person has logged in through another one.
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
        // An external issuer ends them by configuration, and the operator takes their API away later.
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

/** What a login of the person will meet, and whether their first one is still ahead. */
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
    // An onboarding does not stand on it, and an older role of Purser's lacks the right.
    if (!(error instanceof ClusterFailure) || error.status !== 403) throw error;
    const text =
      'what a login will meet was not foretold: Purser may not list identities (deploy/rbac/purser.yaml)';
    return [createFinding('unknown', 'forbidden', text)];
  }
}

function noLogin({ kind }: Subject): FirstLogin {
  return kind === 'User'
    ? {
        is: 'not-applicable',
        why: 'this cluster keeps no User objects (an external OIDC issuer, or plain Kubernetes): there is no first login to see, and the role works from the first one on',
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
  // Who reads the error has no report's findings before them, and may wait for days in vain.
  const warnings = foretold.map((each) => `; and: ${describeFinding(each)}`).join('');
  const wait = '--wait-for-login 7d waits for the first login, and grants to that very User';
  if (!beforeLogin) {
    const byName =
      grant === 'before-login'
        ? '; --before-login grants to the name, for whoever logs in first under it'
        : '';
    const advice = `nobody has logged in under that name. Check the spelling; ${wait}${byName}${warnings}`;
    throw subjectNotFound(subject, name, advice);
  }
  if (grant === 'before-login') return;
  throw new PurserError(
    'Forbidden',
    `${subject.name} has not logged in to ${name} yet, and it gives nothing to a mere name (\`grant: after-login\`); ${wait}${warnings}`,
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
      `${who} has no User object: it appears at the first login. The role works from then on, for whoever logs in under that name; ` +
      'until then nothing can be tried with their rights. --wait-for-login 7d waits for it, and proves it afterwards';
    return [createFinding('warning', 'configuration', text)];
  }
  if (facts.memberCount !== 0) return [];
  const source = facts.syncedFrom;
  const text =
    source === undefined
      ? `${who} has no members: nobody gets the access until somebody is added (oc adm groups add-users ${subject.name} NAME)`
      : `${who} has no members: nobody gets the access until the sync from ${source} brings some`;
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
