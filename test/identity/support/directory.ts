import { after } from 'node:test';
import { ca, networkTo, setupOf } from './provider-check.ts';
import { ADMIN, BASE, startSlapd } from './slapd.ts';
import type { Slapd } from './slapd.ts';

export const HOST = 'ldap.test';
export const PEOPLE = `ou=people,${BASE}`;

const running: Slapd[] = [];
after(() => Promise.all(running.map((each) => each.stop())));

/** Starts a directory, and stops it when the file's tests are over. */
export const start: typeof startSlapd = async (options) => {
  const slapd = await startSlapd(options);
  running.push(slapd);
  return slapd;
};

export interface LdapCase {
  readonly url?: string;
  readonly secure?: boolean;
  readonly ldap?: Readonly<Record<string, unknown>>;
  readonly material?: Readonly<Record<string, string>>;
}

/** A provider of a directory; StartTLS with its own CA and an anonymous bind where nothing is said. */
export function ldapAt(on: Slapd, { url, secure = false, ldap = {}, material = {} }: LdapCase) {
  const address = url ?? `${secure ? 'ldaps' : 'ldap'}://${HOST}/${PEOPLE}?uid`;
  return setupOf(
    {
      name: 'corp',
      type: 'LDAP',
      ldap: { url: address, ca: { name: 'ca' }, attributes: { id: ['dn'] }, ...ldap },
    },
    { 'ldap.ca': ca.cert, ...material },
    networkTo({ [HOST]: secure ? on.tls : on.plain }),
  );
}

/** The fields of a bind by the provider's own account. */
export const ACCOUNT = { bindDN: ADMIN.dn, bindPassword: { name: 'bind' } };
