import { bindAs, search } from '../ldap/directory.ts';
import type { BindAccount, DirectorySearch } from '../ldap/directory.ts';
import { evaluateEntries, personSearch } from '../ldap/person.ts';
import { openSession } from '../ldap/session.ts';
import type { LdapCheckContext, LdapSession } from '../ldap/session.ts';
import { parseLdapUrl } from '../ldap/url.ts';
import type { LdapUrl } from '../ldap/url.ts';
import { readSecret } from '../material.ts';
import { createNotes } from '../notes.ts';
import type { Notes } from '../notes.ts';
import { textAt, fieldValueAt } from '../provider-fields.ts';
import type { ProviderType, Setup } from '../setup.ts';
import { makePeer } from '../wire/peer.ts';

/** An LDAP directory. The check binds and searches as the OAuth server does. It tries no person's password. */
export const ldap: ProviderType = {
  check: async (setup, notes, signal) => {
    await within(setup, { notes, signal }, async (session, url) => {
      const { filter } = url;
      const question = { filter, limit: 1, attributes: ['1.1'] };
      const found = await search(session, url, question, { notes, signal });
      if (found === undefined) return;
      if (found.length > 0) notes.see(`its filter finds people under ${JSON.stringify(url.base)}`);
      else {
        notes.broken(
          'not-found',
          `no entry under ${JSON.stringify(url.base)} matches ${filter.toString()}, as far as the account may see`,
          'correct base and filter of ldap.url, or let the account read there (anonymous ones mostly may not)',
        );
      }
    });
  },

  find: async ({ setup, name }, notes, signal) => {
    // The check already reports problems of the directory itself.
    const quiet = { notes: createNotes(setup.provider), signal };
    const seen = await within(setup, quiet, async (session, url) => {
      const { provider } = setup;
      const found = await search(session, url, personSearch(provider, url, name), quiet);
      return found === undefined
        ? undefined
        : evaluateEntries({ found, url, provider, name }, notes);
    });
    return seen ?? { status: 'unknown' };
  },
};

async function within<T>(
  setup: Setup,
  { notes, signal }: LdapCheckContext,
  act: (session: LdapSession, url: LdapUrl & DirectorySearch) => Promise<T>,
): Promise<T | undefined> {
  const text = textAt(setup.provider, 'ldap.url');
  const url = text === undefined ? undefined : parseLdapUrl(text, notes);
  if (url === undefined) return undefined;
  const insecure = fieldValueAt(setup.provider, 'ldap.insecure') === true;
  noteInsecure(url, insecure, notes);
  const account = readAccount(setup, notes);
  const fields = { address: 'ldap.url', ca: 'ldap.ca' };
  const peer = makePeer(setup, url.url, fields, notes);
  const session = await openSession({ peer, url, insecure }, notes, signal);
  if (session === undefined) return undefined;
  try {
    if (account === 'unread' || !(await bindAs(session, account, { notes, signal })))
      return undefined;
    return await act(session, { ...url, isAnonymous: account === undefined });
  } finally {
    session.end();
  }
}

function noteInsecure({ scheme }: LdapUrl, insecure: boolean, notes: Notes): void {
  if (!insecure) return;
  if (scheme === 'ldaps') {
    notes.broken(
      'configuration',
      'ldap.insecure is true with an ldaps:// address, which OpenShift refuses',
      'set insecure to false',
    );
  } else {
    notes.warn(
      'configuration',
      'ldap.insecure is true: passwords go over the network in the clear',
      'set insecure to false: StartTLS is used then; or use ldaps://',
    );
  }
}

function readAccount(setup: Setup, notes: Notes): BindAccount | 'unread' | undefined {
  const dn = textAt(setup.provider, 'ldap.bindDN');
  const isNamed = textAt(setup.provider, 'ldap.bindPassword.name') !== undefined;
  if (dn === undefined && !isNamed) return undefined;
  if (dn === undefined || !isNamed) {
    notes.broken(
      'configuration',
      'of ldap.bindDN and ldap.bindPassword only one is set',
      'set both, or neither for an anonymous bind',
    );
    return 'unread';
  }
  const password = readSecret(setup, 'ldap.bindPassword', notes);
  return password === undefined ? 'unread' : { dn, password };
}
