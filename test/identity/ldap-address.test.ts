import { suite, test } from 'node:test';
import { assertFinds, ca, runCheck, setupOf } from './support/provider-check.ts';

function withUrl(url: string, more: object = {}) {
  return setupOf(
    {
      name: 'corp',
      type: 'LDAP',
      ldap: { url, ca: { name: 'ca' }, attributes: { id: ['dn'] }, ...more },
    },
    { 'ldap.ca': ca.cert },
    // Port 9 (discard) is never listened on: what is refused is not dialled.
    { connect: () => ({ host: '127.0.0.1', port: 9 }) },
  );
}

suite('an LDAP address is refused if it', () => {
  const table: readonly (readonly [string, string, RegExp])[] = [
    ['is of another protocol', 'https://ldap.test/dc=x', /is no LDAP address/],
    ['names no host', 'ldap:///dc=x', /names no host/],
    ['has an unknown scope', 'ldap://ldap.test/dc=x?uid?all', /has the scope "all"/],
    ['has an invalid filter', 'ldap://ldap.test/dc=x?uid?sub?((', /has an invalid filter/],
    ['has a broken escape', 'ldap://ldap.test/dc=%zz', /holds a % that is no escape/],
    ['has a critical extension', 'ldap://ldap.test/dc=x????!bindname=x', /critical/],
  ];
  for (const [what, url, text] of table) {
    test(what, async () => {
      assertFinds(await runCheck(withUrl(url)), ['error', 'configuration', text, /BASE-DN/]);
    });
  }

  test('asks for insecure TLS', async () => {
    const check = await runCheck(withUrl('ldaps://ldap.test/dc=x', { insecure: true }));
    assertFinds(check, ['error', 'configuration', /insecure is true with an ldaps/]);
  });
});
