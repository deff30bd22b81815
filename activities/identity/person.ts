import { ClusterFailure } from '../../src/kubernetes/api/failure.ts';
import type { IdentitySource, ProviderConfig } from '../../src/openshift/identity-config.ts';
import { codedUserName } from '../../src/openshift/users/accounts.ts';
import { forecastLogins } from '../../src/openshift/users/forecast.ts';
import type { LoginForecast } from '../../src/openshift/users/forecast.ts';
import type { FindingSeverity } from '../../src/domain/finding.ts';
import type { ProviderCheck, ProviderFinding } from '../../src/identity/model/provider-check.ts';
import { visible } from '../../src/domain/inputs/shown.ts';
import { makesTypedUser } from '../../src/identity/model/calling.ts';
import { whyNoUser } from '../../src/domain/subject.ts';
import { canLookUp, findPerson } from '../../src/identity/check.ts';
import { clusterNameOf } from '../../src/identity/oidc-names.ts';
import type { Called, Setup, Sighting } from '../../src/identity/setup.ts';
import type { Target } from '../target.ts';

/** What one provider knows of a person. */
export interface Sighted {
  readonly provider: string;
  readonly sighting: Sighting;
  readonly called?: Called;
  readonly check?: ProviderCheck;
}

/** Looks a person up at each provider, where that takes no password. */
export async function lookUp(
  configs: readonly ProviderConfig[],
  user: string,
  setupOf: (config: ProviderConfig) => Promise<Setup>,
  signal: AbortSignal,
): Promise<readonly Sighted[]> {
  return Promise.all(
    configs.map(async (config): Promise<Sighted> => {
      const provider = config.name;
      if (!canLookUp(config.type)) return { provider, sighting: 'unknown' };
      return { provider, ...(await findPerson(await setupOf(config), user, signal)) };
    }),
  );
}

/** What the sightings add up to, where nobody knows the person. */
export function sumUp(user: string, sightings: readonly Sighted[]): readonly ProviderFinding[] {
  if (sightings.length === 0 || sightings.some(({ sighting }) => sighting === 'found')) return [];
  const unknown = sightings.filter(({ sighting }) => sighting === 'unknown');
  const all = { provider: '', type: '' } as const;
  if (unknown.length === 0) {
    const asked = sightings.map(({ provider }) => provider).join(', ');
    const text = `${user} is not known to ${asked}: nobody can log in there under that name`;
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
 * What becomes of a name that no User can have: OpenShift writes it in base64 where it holds `:` or `/`,
 * and refuses the login else (openshift-facts.md 11.3), and always where the provider prefers the typed name.
 */
export function renamed(
  user: string,
  configs: readonly ProviderConfig[],
): readonly ProviderFinding[] {
  const why = whyNoUser(user);
  if (why === undefined) return [];
  const refusing = configs.filter(makesTypedUser);
  const elsewhere = refusing.length < configs.length ? becoming(user, why) : [];
  const refused = refusing.map(({ name, type }): ProviderFinding => {
    const text = `whoever logs in as ${user} through ${name} (${type}) is refused: ${why}`;
    const advice = 'they need another name at the provider';
    return { provider: name, type, cause: 'configuration', severity: 'warning', text, advice };
  });
  return [...elsewhere, ...refused];
}

function becoming(user: string, why: string): readonly ProviderFinding[] {
  const coded = codedUserName(user);
  const all = { provider: '', type: '', cause: 'configuration' } as const;
  if (coded === undefined) {
    const text = `whoever a provider calls ${user} cannot log in: ${why}`;
    return [
      { ...all, severity: 'warning', text, advice: 'they need another name at the provider' },
    ];
  }
  const text = `whoever a provider calls ${user}, and for whom it has no preferred name, becomes the User ${coded}: ${why}`;
  return [{ ...all, severity: 'note', text, advice: `bring ${coded} on board` }];
}

/** What a login of the person will meet on the cluster, by provider: User, Identity and mapping. */
export async function foretell(
  { cluster }: Target,
  user: string,
  { configs, sightings }: Asking,
  signal: AbortSignal,
): Promise<readonly ProviderFinding[]> {
  try {
    const seen = await sightings;
    const called = new Map(
      seen.flatMap((each) =>
        each.called === undefined ? [] : [[each.provider, each.called.providerUser] as const],
      ),
    );
    // Each by the User that its login would come to, which is not the same at every provider.
    const users = new Map(
      configs.map((each, index) => [each.name, userThrough(each, seen[index]?.called, user)]),
    );
    const forecasts = await forecastLogins(cluster, { user, users, called }, configs, signal);
    const isAtHome = forecasts.some(({ meets }) => meets === 'known');
    return forecasts.flatMap((each, index) => {
      const severity = severityOf(each, seen[index]?.sighting ?? 'unknown', isAtHome);
      return findingOf(each, severity, configs);
    });
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.status !== 403) throw error;
    const text = 'what a login will meet was not foretold: Purser may not list identities';
    const advice = 'apply deploy/rbac/purser.yaml';
    return [{ provider: '', type: '', cause: 'forbidden', severity: 'unknown', text, advice }];
  }
}

/** The User that a login of whoever a provider calls `user` leads to. With lookup it is whichever was meant. */
function userThrough(config: ProviderConfig, called: Called | undefined, user: string): string {
  if (called !== undefined && config.mappingMethod !== 'lookup') return called.user;
  if (makesTypedUser(config)) return user;
  return codedUserName(user) ?? user;
}

interface Asking {
  readonly configs: readonly ProviderConfig[];
  readonly sightings: Promise<readonly Sighted[]>;
}

/**
 * Somebody whom a provider does not know meets nothing there. Where it cannot be told, and they log in
 * elsewhere, a name that is taken is only a warning: it may be nobody's there.
 */
function severityOf(
  { meets }: LoginForecast,
  sighting: Sighting,
  isAtHome: boolean,
): FindingSeverity {
  if (sighting === 'absent' || meets === 'first' || meets === 'known') return 'note';
  if (meets === 'elsewhere') return 'warning';
  return sighting === 'unknown' && isAtHome ? 'warning' : 'error';
}

function findingOf(
  { provider, finding, advice }: LoginForecast,
  severity: FindingSeverity,
  configs: readonly ProviderConfig[],
): readonly ProviderFinding[] {
  if (finding === undefined) return [];
  const type = configs.find(({ name }) => name === provider)?.type ?? '';
  // The names in it may be a directory's.
  const told = {
    text: visible(finding),
    ...(advice === undefined ? {} : { advice: visible(advice) }),
  };
  return [{ provider, type, cause: 'configuration', severity, ...told }];
}

/** With an external issuer: the name that the cluster knows the person by, where it is another one. */
export function clusterName(source: IdentitySource, user: string) {
  const provider = source.kind === 'oidc' ? source.providers[0] : undefined;
  if (provider === undefined) return {};
  const name = clusterNameOf(provider, { kind: 'User', name: user });
  return name === user ? {} : { clusterName: name };
}
