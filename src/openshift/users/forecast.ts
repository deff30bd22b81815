import { createFinding } from '../../domain/finding.ts';
import type { Finding } from '../../domain/finding.ts';
import { ownIdOf } from '../../identity/model/identity-names.ts';
import { visible } from '../../domain/inputs/shown.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { findIdentities, findUser, identityName } from './accounts.ts';
import type { UserIdentity, User } from './accounts.ts';

/** An identity provider as far as a login is concerned. Without a method it is `claim` (facts 4.2). */
export interface LoginProvider {
  readonly name: string;
  readonly type?: string | undefined;
  readonly mappingMethod?: string | undefined;
}

/**
 * What a login through one provider will meet. `known`: it leads to the User; `first`: it will make or
 * join the User; `elsewhere`: it leads to another User; `refused`: it fails, with the oauth-server's
 * code. `finding` says what is wrong or surprising, `advice` what to do about it, with the commands.
 */
export interface LoginForecast {
  readonly provider: string;
  readonly meets: 'known' | 'first' | 'elsewhere' | 'refused';
  readonly code?: 'mapping_claim_error' | 'mapping_lookup_error' | 'authentication_error';
  readonly finding?: string;
  readonly advice?: string;
}

/** What a forecast warns of, as a report lists it; undefined if it warns of nothing. */
export function findingOfForecast({ meets, finding, advice }: LoginForecast): Finding | undefined {
  if (finding === undefined) return undefined;
  const severity = meets === 'refused' ? 'error' : 'warning';
  const cause = 'configuration';
  // The names in it may be a directory's.
  return createFinding(severity, cause, visible(finding), advice && visible(advice));
}

/** Whose logins are foretold. */
export interface ForecastPerson {
  /** The User that they are to be; by provider, where that is not the same at each. */
  readonly user: string;
  readonly users?: ReadonlyMap<string, string>;
  /** What the providers call them: one name for all, or by provider, where that could be looked up. */
  readonly providerUser?: string | undefined;
  readonly called?: ReadonlyMap<string, string>;
}

/**
 * Foretells logins of the person who is to be User `user`, by the rules of OpenShift's oauth-server
 * (openshift-facts.md 4.2), without trying them; one for each provider, in their order. What a provider
 * calls the person is by default the User's name where people are called by the name that they log in
 * with; where that is not known, an Identity that leads to the User is taken for theirs.
 *
 * Reads Users and Identities (`get` and `list`), those of each name once, and changes nothing.
 */
export async function forecastLogins(
  cluster: Cluster,
  person: ForecastPerson,
  providers: readonly LoginProvider[],
  signal?: AbortSignal,
): Promise<readonly LoginForecast[]> {
  const logins = providers.map((provider) => {
    const name = person.users?.get(provider.name) ?? person.user;
    return { provider, name, providerUser: calledBy(provider, name, person) };
  });
  const byUser = Map.groupBy(logins, ({ name }) => name);
  const read = await Promise.all(
    [...byUser].map(async ([name, of]): Promise<[string, Accounts]> => {
      const called = of.flatMap(({ providerUser }) => providerUser ?? []);
      return [name, await readAccounts(cluster, { name, called }, signal)];
    }),
  );
  const accounts = new Map(read);
  return logins.map(({ provider, name, providerUser }) => {
    const isCertain = person.called?.has(provider.name) === true;
    const { user, identities = [] } = accounts.get(name) ?? {};
    return judge({ name, providerUser, isCertain, user, identities }, provider);
  });
}

type Accounts = Pick<KnownPerson, 'user' | 'identities'>;

/** The User of a name, and the Identities that have to do with it or with what it is called. */
async function readAccounts(
  cluster: Cluster,
  { name, called }: { readonly name: string; readonly called: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<Accounts> {
  const [user, identities] = await Promise.all([
    findUser(cluster, name, signal),
    findIdentities(cluster, name, called, signal),
  ]);
  return { user, identities };
}

function calledBy(
  { name, type }: LoginProvider,
  user: string,
  { providerUser, called }: ForecastPerson,
): string | undefined {
  return providerUser ?? called?.get(name) ?? (ownIdOf(type) === undefined ? user : undefined);
}

interface KnownPerson {
  readonly name: string;
  /** Undefined where it is not known. */
  readonly providerUser: string | undefined;
  /** It was looked up: a login goes by no other Identity. */
  readonly isCertain: boolean;
  readonly user: User | undefined;
  readonly identities: readonly UserIdentity[];
}

function judge(known: KnownPerson, provider: LoginProvider): LoginForecast {
  const looked = identityOf(known, provider);
  const own = known.identities.filter(
    ({ metadata, providerName, user }) =>
      providerName === provider.name &&
      (metadata.name === looked || (!known.isCertain && user?.name === known.name)),
  );
  // The one that a login will look up comes first; others of the provider may be somebody else's.
  const [identity] = own.toSorted((one, other) => rank(one, looked) - rank(other, looked));
  return identity === undefined
    ? firstLogin(known, provider)
    : returning(known, provider, identity);
}

/** The Identity that a login will look up; undefined where it is not known what it is called. */
function identityOf({ providerUser }: KnownPerson, { name }: LoginProvider): string | undefined {
  return providerUser === undefined ? undefined : identityName(name, providerUser);
}

function rank({ metadata }: UserIdentity, looked: string | undefined): number {
  return metadata.name === looked ? 0 : 1;
}

/** An Identity is there: it must lead to a User that is the same one still, and lists it. */
function returning(
  known: KnownPerson,
  { name: provider, mappingMethod }: LoginProvider,
  identity: UserIdentity,
): LoginForecast {
  const { name } = known;
  const leadsTo = identity.user?.name ?? '';
  if (leadsTo !== '' && leadsTo !== name) {
    return {
      provider,
      meets: 'elsewhere',
      finding: `a login of ${name} through ${provider} leads to the User ${leadsTo} (Identity ${identity.metadata.name}): what ${name} is granted does not reach it`,
    };
  }
  const broken = leadsTo === '' ? LEADS_NOWHERE : brokenLink(known, identity);
  if (broken === undefined) return { provider, meets: 'known' };
  const code = mappingMethod === 'lookup' ? 'mapping_lookup_error' : 'authentication_error';
  const why = broken(identity.metadata.name, name);
  const advice =
    broken === UNLISTED ? joinThem(identity, name) : anew(identity, name, mappingMethod);
  const finding = `a login of ${name} through ${provider} will be refused (${code}): ${why}`;
  return { provider, meets: 'refused', code, finding, advice };
}

type Broken = (identity: string, name: string) => string;
const LEADS_NOWHERE: Broken = (identity) => `the Identity ${identity} leads to no User`;
const GONE: Broken = (identity, name) =>
  `the Identity ${identity} was left behind by a User ${name} that is gone`;
const MADE_ANEW: Broken = (identity, name) =>
  `the Identity ${identity} was left behind by a User ${name} that was deleted and made anew`;
const UNLISTED: Broken = (identity, name) =>
  `the User ${name} does not list the Identity ${identity} that leads to it`;

function brokenLink({ user }: KnownPerson, identity: UserIdentity): Broken | undefined {
  if (user === undefined) return GONE;
  if (user.metadata.uid !== identity.user?.uid) return MADE_ANEW;
  return user.identities?.includes(identity.metadata.name) === true ? undefined : UNLISTED;
}

function joinThem({ metadata }: UserIdentity, name: string): string {
  return `join them: oc create useridentitymapping ${quoted(metadata.name)} ${quoted(name)}`;
}

function anew({ metadata }: UserIdentity, name: string, mappingMethod: string | undefined): string {
  const drop = `oc delete identity ${quoted(metadata.name)}`;
  return mappingMethod === 'lookup'
    ? `delete it and make all three anew: ${drop}; purser onboard ${quoted(name)} --provision`
    : `delete it, and the next login makes it anew: ${drop}`;
}

/** No Identity is there: what happens is the provider's mapping method's affair. */
function firstLogin(known: KnownPerson, provider: LoginProvider): LoginForecast {
  const { name, user } = known;
  const others = user?.identities ?? [];
  const identity = identityOf(known, provider);
  const first = { provider: provider.name, meets: 'first' } as const;
  if (provider.mappingMethod === 'lookup') return unknownTo(known, provider);
  // Upstream takes a User that lists the identity for its own, whatever the method.
  if (user === undefined || others.some((each) => each === identity)) return first;
  switch (provider.mappingMethod) {
    case 'generate':
      return {
        provider: provider.name,
        meets: 'elsewhere',
        finding: `a first login of ${name} through ${provider.name} makes another User (${name}2 or the like), because ${name} is taken: what ${name} is granted does not reach it`,
      };
    case 'add':
      if (others.length === 0) return first;
      return {
        ...first,
        finding: `a first login of ${name} through ${provider.name} (mappingMethod add) joins the User of ${others.join(', ')}, with all that it may do`,
        advice: 'make sure that it is the same person',
      };
    default:
      return claimed(known, provider);
  }
}

/** The Identity in a command, and in words what has to be put into its place, if anything has. */
function shownIdentity(
  known: KnownPerson,
  provider: LoginProvider,
): { readonly identity: string; readonly where: string } {
  const identity = identityOf(known, provider);
  if (identity !== undefined) return { identity, where: '' };
  const id = ownIdOf(provider.type) ?? 'what the provider calls them';
  return { identity: `${provider.name}:ID`, where: `; ID is ${id}` };
}

function claimed(known: KnownPerson, of: LoginProvider): LoginForecast {
  const { name, user } = known;
  const provider = of.name;
  const { identity, where } = shownIdentity(known, of);
  const others = user?.identities ?? [];
  if (others.length === 0) return { provider, meets: 'first' };
  return {
    provider,
    meets: 'refused',
    code: 'mapping_claim_error',
    finding: `a login of ${name} through ${provider} will be refused (mapping_claim_error): the User ${name} belongs to ${others.join(', ')}`,
    advice: `if it is the same person: oc create identity ${quoted(identity)}; oc create useridentitymapping ${quoted(identity)} ${quoted(name)}; if not, they need another name at ${provider}${where}`,
  };
}

function unknownTo(known: KnownPerson, of: LoginProvider): LoginForecast {
  const { name, user } = known;
  const provider = of.name;
  const { identity, where } = shownIdentity(known, of);
  const commands = [
    ...(user === undefined ? [`oc create user ${quoted(name)}`] : []),
    `oc create identity ${quoted(identity)}`,
    `oc create useridentitymapping ${quoted(identity)} ${quoted(name)}`,
  ];
  // A directory is asked by --provision itself.
  const named = where === '' || of.type === 'LDAP' ? '' : ' --provider-user ID';
  return {
    provider,
    meets: 'refused',
    code: 'mapping_lookup_error',
    finding: `a login of ${name} through ${provider} (mappingMethod lookup) will be refused (mapping_lookup_error) until User, Identity and mapping are made`,
    advice: `${commands.join('; ')}; or purser onboard ${quoted(name)} --provision --provider ${quoted(provider)}${named}${where}`,
  };
}

// Names of people and providers may hold what a shell takes for its own.
function quoted(word: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
