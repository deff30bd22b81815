import {
  InappropriateAuthError,
  InsufficientAccessError,
  InvalidCredentialsError,
  NoSuchObjectError,
  OperationsError,
  ResultCodeError,
  StrongAuthRequiredError,
  UnwillingToPerformError,
} from 'ldapts';
import type { Filter } from 'ldapts';
import { errorMessage } from '../../domain/errors.ts';
import type { Notes } from '../notes.ts';
import type { DirectoryEntry } from './entries.ts';
import { BYTES_AT_MOST } from './session.ts';
import type { LdapCheckContext, LdapSession } from './session.ts';
import type { LdapUrl } from './url.ts';

/** The account of the provider that Purser binds with. */
export interface BindAccount {
  readonly dn: string;
  readonly password: string;
}

/**
 * Binds as the OAuth server does before it searches: with the provider's account. Without an account it
 * does not bind at all, because some directories allow an anonymous search but no anonymous bind. Resolves
 * to whether the search can start.
 */
export async function bindAs(
  session: LdapSession,
  account: BindAccount | undefined,
  { notes, signal }: LdapCheckContext,
): Promise<boolean> {
  if (account === undefined) return true;
  const who = `as ${account.dn}`;
  try {
    await session.run((client) => client.bind(account.dn, account.password));
    notes.see(`bound ${who}`);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ResultCodeError)) noteBrokenOff(session, error, notes);
    else if (error instanceof InvalidCredentialsError) {
      notes.broken(
        'unauthorized',
        `the directory refuses to bind ${who}: invalid credentials`,
        'put the present password into the Secret of ldap.bindPassword, and check ldap.bindDN',
      );
    } else {
      notes.broken(
        'forbidden',
        `the directory refuses to bind ${who} (${error.name})`,
        'look at the logs of the directory',
      );
    }
    return false;
  }
}

/** The base and scope of a search, and whether it is anonymous. */
export interface DirectorySearch extends Pick<LdapUrl, 'base' | 'scope'> {
  readonly isAnonymous: boolean;
}

/** The entries that match, `limit` at most. Undefined if the search failed; the notes say why. */
export async function search(
  session: LdapSession,
  where: DirectorySearch,
  { filter, limit, attributes }: SearchQuery,
  { notes, signal }: LdapCheckContext,
): Promise<readonly DirectoryEntry[] | undefined> {
  const { base, scope } = where;
  try {
    const found = await session.entriesOf((client) =>
      client.search(base, { scope, filter, sizeLimit: limit, attributes: [...attributes] }),
    );
    if (where.isAnonymous) notes.see('searched anonymously');
    return found;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ResultCodeError) noteRefused(where, error, notes);
    else noteBrokenOff(session, error, notes);
    return undefined;
  }
}

// Errors by which a directory asks for a bind first. A Windows domain sends operationsError.
const WANTS_A_BIND = [
  StrongAuthRequiredError,
  InappropriateAuthError,
  OperationsError,
  UnwillingToPerformError,
];

function noteRefused(
  { base, isAnonymous }: DirectorySearch,
  error: ResultCodeError,
  notes: Notes,
): void {
  const under = JSON.stringify(base);
  if (isAnonymous && WANTS_A_BIND.some((type) => error instanceof type)) {
    notes.broken(
      'forbidden',
      `the directory refuses to be searched anonymously (${error.name})`,
      'set ldap.bindDN and ldap.bindPassword, or allow anonymous searches there',
    );
  } else if (error instanceof InsufficientAccessError) {
    notes.broken(
      'forbidden',
      `the account may not search under ${under}`,
      'let it read there, or set ldap.bindDN and ldap.bindPassword to one that may',
    );
  } else if (error instanceof NoSuchObjectError) {
    notes.broken(
      'not-found',
      `the base ${under} does not exist, or the account may not see it`,
      'correct the base in ldap.url',
    );
  } else {
    notes.broken(
      'configuration',
      `the directory refuses to search under ${under} (${error.name})`,
      'check base and filter of ldap.url, and what the account may read',
    );
  }
}

interface SearchQuery {
  readonly filter: Filter;
  readonly limit: number;
  readonly attributes: readonly string[];
}

// An error that is no LDAP result (noSuchObject, busy, …): the connection was closed.
function noteBrokenOff(session: LdapSession, error: unknown, notes: Notes): void {
  const { host } = session;
  if (session.hasFlooded()) {
    notes.warn(
      'configuration',
      `${host} sent more than ${BYTES_AT_MOST} bytes instead of at most two entries, so the connection was closed`,
      'look at the directory: it does not keep to the limit of a search, and OpenShift asks in the same way',
    );
    return;
  }
  const [reason] = errorMessage(error, 'no answer').split('\n');
  notes.warn(
    'probe',
    `as seen from the worker, ${host} closed the connection instead of answering (${reason})`,
    'look at the logs of the directory, and at what stands before it',
  );
}
