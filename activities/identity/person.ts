import { ClusterFailure } from '../../src/kubernetes/api/failure.ts';
import type { IdentitySource, ProviderConfig } from '../../src/openshift/identity-config.ts';
import { codedUserName } from '../../src/openshift/users/accounts.ts';
import { forecastLogins } from '../../src/openshift/users/forecast.ts';
import type { LoginForecast } from '../../src/openshift/users/forecast.ts';
import type { FindingSeverity } from '../../src/domain/finding.ts';
import type { ProviderCheck, ProviderFinding } from '../../src/identity/model/provider-check.ts';
import { visible } from '../../src/domain/inputs/shown.ts';
import { makesTypedUser } from '../../src/identity/model/identity-names.ts';
import { userNameProblem } from '../../src/domain/subject.ts';
import { canLookUp, findPerson } from '../../src/identity/check.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';
import type { LoginNames, Setup, LookupStatus } from '../../src/identity/setup.ts';
import type { Target } from '../target.ts';

/** What one provider knows of a person. */
export interface ProviderLookup {
  readonly provider: string;
  readonly status: LookupStatus;
  readonly loginNames?: LoginNames;
  readonly check?: ProviderCheck;
}

/** Looks a person up at each provider that can do so without the person's password. */
export async function lookUp(
  configs: readonly ProviderConfig[],
  user: string,
  setupOf: (config: ProviderConfig) => Promise<Setup>,
  signal: AbortSignal,
): Promise<readonly ProviderLookup[]> {
  return Promise.all(
    configs.map(async (config): Promise<ProviderLookup> => {
      const provider = config.name;
      if (!canLookUp(config.type)) return { provider, status: 'unknown' };
      return { provider, ...(await findPerson(await setupOf(config), user, signal)) };
    }),
  );
}

/** The findings of all lookups together, if no provider knows the person. */
export function summarizeLookups(
  user: string,
  lookups: readonly ProviderLookup[],
): readonly ProviderFinding[] {
  if (lookups.length === 0 || lookups.some(({ status }) => status === 'found')) return [];
  const unknown = lookups.filter(({ status }) => status === 'unknown');
  const all = { provider: '', type: '' } as const;
  if (unknown.length === 0) {
    const asked = lookups.map(({ provider }) => provider).join(', ');
    const text = `${user} is not known to ${asked}: no user can log in there under that name`;
    const advice = 'check the spelling, or add the person there';
    return [{ ...all, cause: 'not-found', severity: 'error', text, advice }];
  }
  const unasked = unknown.map(({ provider }) => provider).join(', ');
  const text = `whether ${user} can log in could not be looked up at ${unasked}`;
  return [
    { ...all, cause: 'probe', severity: 'unknown', text, advice: 'the first login shows it' },
  ];
}

/**
 * The findings about a name that no User can have. OpenShift writes a name with `:` or `/` in base64, and
 * refuses a login under any other such name (openshift-facts.md 11.3). It always refuses the login if the
 * provider prefers the typed name.
 */
export function unusableNameFindings(
  user: string,
  configs: readonly ProviderConfig[],
): readonly ProviderFinding[] {
  const why = userNameProblem(user);
  if (why === undefined) return [];
  const refusing = configs.filter(makesTypedUser);
  const elsewhere = refusing.length < configs.length ? encodedNameFinding(user, why) : [];
  const refused = refusing.map(({ name, type }): ProviderFinding => {
    const text = `a login as ${user} through ${name} (${type}) is refused: ${why}`;
    const advice = 'they need another name at the provider';
    return { provider: name, type, cause: 'configuration', severity: 'warning', text, advice };
  });
  return [...elsewhere, ...refused];
}

function encodedNameFinding(user: string, why: string): readonly ProviderFinding[] {
  const coded = codedUserName(user);
  const all = { provider: '', type: '', cause: 'configuration' } as const;
  if (coded === undefined) {
    const text = `a person whom a provider calls ${user} cannot log in: ${why}`;
    return [
      { ...all, severity: 'warning', text, advice: 'they need another name at the provider' },
    ];
  }
  const text = `a person whom a provider calls ${user}, without a preferred name, becomes the User ${coded}: ${why}`;
  return [{ ...all, severity: 'note', text, advice: `bring ${coded} on board` }];
}

/** What a login of the person will find on the cluster, by provider: User, Identity and mapping. */
export async function forecastLogin(
  { cluster }: Target,
  user: string,
  { configs, lookups }: ForecastInput,
  signal: AbortSignal,
): Promise<readonly ProviderFinding[]> {
  try {
    const seen = await lookups;
    const providerUsers = new Map(
      seen.flatMap((each) =>
        each.loginNames === undefined
          ? []
          : [[each.provider, each.loginNames.providerUser] as const],
      ),
    );
    // For each provider the User that a login through it leads to: providers differ in that.
    const users = new Map(
      configs.map((each, index) => [each.name, userThrough(each, seen[index]?.loginNames, user)]),
    );
    const forecasts = await forecastLogins(
      cluster,
      { user, users, called: providerUsers },
      configs,
      signal,
    );
    const isAtHome = forecasts.some(({ meets }) => meets === 'known');
    return forecasts.flatMap((each, index) => {
      const severity = severityOf(each, seen[index]?.status ?? 'unknown', isAtHome);
      return findingOf(each, severity, configs);
    });
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.status !== 403) throw error;
    const text = 'the result of a login was not predicted: Purser may not list identities';
    const advice = 'apply deploy/rbac/purser.yaml';
    return [{ provider: '', type: '', cause: 'forbidden', severity: 'unknown', text, advice }];
  }
}

/**
 * The User that a login leads to, if the provider calls the person `user`. With the mapping method lookup
 * it is the requested User.
 */
function userThrough(
  config: ProviderConfig,
  loginNames: LoginNames | undefined,
  user: string,
): string {
  if (loginNames !== undefined && config.mappingMethod !== 'lookup') return loginNames.user;
  if (makesTypedUser(config)) return user;
  return codedUserName(user) ?? user;
}

interface ForecastInput {
  readonly configs: readonly ProviderConfig[];
  readonly lookups: Promise<readonly ProviderLookup[]>;
}

/**
 * The severity of a forecast. A provider that does not know the person is no problem. If the lookup was not
 * possible and the person can log in elsewhere, a taken name is only a warning: the name may not exist at this
 * provider.
 */
function severityOf(
  { meets }: LoginForecast,
  status: LookupStatus,
  isAtHome: boolean,
): FindingSeverity {
  if (status === 'absent' || meets === 'first' || meets === 'known') return 'note';
  if (meets === 'elsewhere') return 'warning';
  return status === 'unknown' && isAtHome ? 'warning' : 'error';
}

function findingOf(
  { provider, finding, advice }: LoginForecast,
  severity: FindingSeverity,
  configs: readonly ProviderConfig[],
): readonly ProviderFinding[] {
  if (finding === undefined) return [];
  const type = configs.find(({ name }) => name === provider)?.type ?? '';
  // The names in it may come from a directory.
  const texts = {
    text: visible(finding),
    ...(advice === undefined ? {} : { advice: visible(advice) }),
  };
  return [{ provider, type, cause: 'configuration', severity, ...texts }];
}

/** With an external issuer: the name that the cluster knows the person by, if it is another one. */
export function clusterName(source: IdentitySource, user: string) {
  const provider = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (provider === undefined) return {};
  const name = clusterNameOf(provider, { kind: 'User', name: user });
  return name === user ? {} : { clusterName: name };
}
