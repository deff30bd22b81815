import { userNameProblem } from '../../domain/subject.ts';
import type { Notes } from '../notes.ts';
import { textsAt } from '../provider-fields.ts';
import type { LoginNames, LookupResult, Provider } from '../setup.ts';
import { spelling, valueOf } from './entries.ts';
import type { DirectoryEntry } from './entries.ts';
import { filterFor } from './filter.ts';
import type { LdapUrl } from './url.ts';

/**
 * The search for a person. A limit of two entries is enough to see that the name is not unique; the OAuth
 * server uses the same limit.
 */
export function personSearch(provider: Provider, url: LdapUrl, name: string) {
  const { ids, named } = attributesOf(provider);
  // Without any attribute a directory would send all of them (RFC 4511, 4.5.1.8).
  const attributes = [url.attribute, ...ids, ...named];
  return { filter: filterFor(url, name), limit: 2, attributes };
}

interface PersonSearchResult {
  readonly found: readonly DirectoryEntry[];
  readonly url: LdapUrl;
  readonly provider: Provider;
  readonly name: string;
}

/** What OpenShift does with the result of the search. */
export function evaluateEntries(
  { found, url, provider, name }: PersonSearchResult,
  notes: Notes,
): LookupResult {
  const [entry, another] = found;
  if (entry === undefined) return { status: 'absent' };
  if (another === undefined) {
    const loginNames = namesOfEntry({ entry, name, provider, ...attributesOf(provider) }, notes);
    return { status: 'found', ...(loginNames === undefined ? {} : { loginNames }) };
  }
  notes.broken(
    'configuration',
    `${name} is more than one entry (${entry.dn}; ${another.dn}, …): the login is refused`,
    `narrow base or filter of ldap.url, or search by an attribute that is unique (now ${url.attribute})`,
  );
  return { status: 'found' };
}

function attributesOf(provider: Provider) {
  return {
    ids: textsAt(provider, 'ldap.attributes.id'),
    named: textsAt(provider, 'ldap.attributes.preferredUsername'),
  };
}

interface EntryMatch {
  readonly entry: DirectoryEntry;
  readonly name: string;
  readonly provider: Provider;
  readonly ids: readonly string[];
  readonly named: readonly string[];
}

/**
 * OpenShift names the Identity by the id attribute in base64url. The User gets the same name, unless the
 * directory has a preferred name (openshift-facts.md 11.3).
 */
function namesOfEntry(
  { entry, name, provider, ids, named }: EntryMatch,
  notes: Notes,
): LoginNames | undefined {
  const id = firstOf(entry, ids);
  if (id === undefined) {
    notes.broken(
      'configuration',
      `${entry.dn} has none of the attributes ${ids.join(', ')} (ldap.attributes.id)${spellingHint(entry, ids)}`,
      'name an attribute that every entry has, such as dn, and that the account may read',
    );
    return undefined;
  }
  notes.see(`${name} is ${entry.dn}`);
  const providerUser = id.toString('base64url');
  const user = firstOf(entry, named)?.toString('utf8') ?? providerUser;
  // With the mapping method lookup the existing mapping decides which User it is.
  if (provider.mappingMethod === 'lookup') return { providerUser, user };
  noteUser({ entry, name, user, named, isPreferred: user !== providerUser }, notes);
  return { providerUser, user };
}

interface UserNaming extends Pick<EntryMatch, 'entry' | 'name' | 'named'> {
  readonly user: string;
  readonly isPreferred: boolean;
}

function noteUser({ entry, name, user, named, isPreferred }: UserNaming, notes: Notes): void {
  const why = userNameProblem(user);
  if (why !== undefined) {
    notes.broken(
      'configuration',
      `a login as ${name} would make the User ${user}, and is refused: ${why}`,
      'name another attribute in ldap.attributes.preferredUsername',
    );
  } else if (user !== name) {
    const instead = isPreferred
      ? ''
      : `: ${entry.dn} has no preferred name (ldap.attributes.preferredUsername: ${named.join(', ') || 'none'})${spellingHint(entry, named)}`;
    notes.note(`a login as ${name} makes the User ${user}${instead}`, `bring ${user} on board`);
  }
}

function firstOf(entry: DirectoryEntry, attributes: readonly string[]): Buffer | undefined {
  return attributes.map((each) => valueOf(entry, each)).find((each) => each !== undefined);
}

// Go's client compares names of attributes with their capitals; directories ignore capitals.
function spellingHint(entry: DirectoryEntry, attributes: readonly string[]): string {
  const written = attributes.flatMap((each) => spelling(entry, each) ?? []);
  return written.length === 0
    ? ''
    : `; the directory writes ${written.join(', ')}, and OpenShift looks for the very letters`;
}
