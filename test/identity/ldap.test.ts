import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACCOUNT, HOST, ldapAt, PEOPLE, start } from './support/directory.ts';
import type { LdapCase } from './support/directory.ts';
import {
  assertFinds,
  assertSilentAbout,
  assertSound,
  ca,
  runCheck,
  lookUpPerson,
  untrustedCa,
} from './support/provider-check.ts';
import { ADMIN, BASE } from './support/slapd.ts';
import type { Slapd } from './support/slapd.ts';

const good = await start({ pair: await ca.leaf([HOST]) });
const unbound = await start({ pair: await ca.leaf([HOST]), server: ['disallow bind_anon'] });
const closed = await start({ pair: await ca.leaf([HOST]), server: ['require authc'] });
const blind = await start({ database: ['access to * by anonymous auth'] });

interface Case extends LdapCase {
  readonly on?: Slapd;
}

function provider({ on = good, ...given }: Case) {
  return ldapAt(on, given);
}

suite('a directory in good order', () => {
  for (const [name, given] of [
    ['by StartTLS', {}],
    ['by LDAPS', { secure: true }],
    ['in the clear, which is warned of', { ldap: { insecure: true } }],
  ] as const) {
    test(`is bound to ${name}, and the person is found`, async () => {
      const setup = provider({
        ...given,
        ldap: { ...ACCOUNT, ...('ldap' in given ? given.ldap : {}) },
        material: { 'ldap.bindPassword': ADMIN.password },
      });
      const check = await runCheck(setup);
      const seen = check.seen.join('; ');
      assert.match(seen, /bound as cn=admin.*its filter finds people/);
      if ('ldap' in given) {
        assertFinds(check, ['warning', 'configuration', /in the clear/, /StartTLS/]);
        assert.equal(check.verdict, 'doubtful');
      } else {
        assertSound(check);
        assert.match(seen, /ldap\.test:\d+ answers, certificate good for 89 days/);
      }
      const { status, check: person } = await lookUpPerson(setup, 'alice');
      assert.equal(status, 'found');
      assert.match(person.seen.join(), /^alice is cn=person-.*,ou=people,dc=corp,dc=test$/);
    });
  }

  test('may be named by its address', async () => {
    const at = await start({ pair: await ca.leaf(['127.0.0.1']) });
    for (const url of [`ldap://127.0.0.1:${at.plain}`, `ldaps://127.0.0.1:${at.tls}`]) {
      assertSound(await runCheck(provider({ url: `${url}/${PEOPLE}?uid` })));
    }
  });

  test('is searched anonymously if no account is configured', async () => {
    const check = await runCheck(provider({}));
    assertSound(check);
    assert.match(check.seen.join('; '), /searched anonymously/);
  });

  test('is then not bound to, so a directory without anonymous bind is sound', async () => {
    assertSound(await runCheck(provider({ on: unbound })));
    assert.equal((await lookUpPerson(provider({ on: unbound }), 'alice')).status, 'found');
  });
});

suite('a person', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['of that name', 'alice', 'found'],
    ['whom nobody knows', 'mallory', 'absent'],
    ['with letters beyond ASCII', 'jürgen', 'found'],
    ['with the signs of a filter in the name', 'o*(x)', 'found'],
    ['named by a wildcard', 'a*', 'absent'],
    ['named by an injected filter', 'x)(uid=*', 'absent'],
    ['named by an escape', '\\61lice', 'absent'],
  ];
  for (const [what, name, expected] of table) {
    test(`${what} is ${expected}`, async () => {
      assert.equal((await lookUpPerson(provider({}), name)).status, expected);
    });
  }

  test('who is two entries cannot log in', async () => {
    const setup = provider({ url: `ldap://${HOST}/${PEOPLE}?mail` });
    const { status, check } = await lookUpPerson(setup, 'shared@corp.test');
    assert.equal(status, 'found');
    assertFinds(check, ['error', 'configuration', /more than one entry/, /attribute.*unique/]);
  });

  test('outside the scope is absent', async () => {
    const setup = provider({ url: `ldap://${HOST}/${BASE}?uid?one` });
    assert.equal((await lookUpPerson(setup, 'alice')).status, 'absent');
  });

  test('whom the filter excludes is absent', async () => {
    const setup = provider({ url: `ldap://${HOST}/${BASE}?uid?sub?(mail=*)` });
    assert.equal((await lookUpPerson(setup, 'alice')).status, 'found');
    assert.equal((await lookUpPerson(setup, 'dora')).status, 'absent');
  });

  test('without the attribute that identifies people cannot log in', async () => {
    const setup = provider({ ldap: { attributes: { id: ['mail'] } } });
    const { check } = await lookUpPerson(setup, 'dora');
    assertFinds(check, ['error', 'configuration', /none of the attributes mail/, /dn/]);
  });

  test('whose User has another name gets a note with that name', async () => {
    const attributes = { id: ['dn'], preferredUsername: ['mail'] };
    const { check } = await lookUpPerson(provider({ ldap: { attributes } }), 'alice');
    assertFinds(check, ['note', 'configuration', /makes the User alice@corp\.test/]);
  });

  test('is unknown if the account may not search', async () => {
    const setup = provider({ on: blind, ldap: { insecure: true } });
    assert.equal((await lookUpPerson(setup, 'alice')).status, 'unknown');
  });

  test('is unknown if the directory cannot be reached', async () => {
    const setup = provider({ material: { 'ldap.ca': untrustedCa.cert } });
    assert.equal((await lookUpPerson(setup, 'alice')).status, 'unknown');
  });
});

suite('a problem of an account or a search is named:', () => {
  const table: readonly (readonly [string, Case, Parameters<typeof assertFinds>[1]])[] = [
    [
      'a wrong password',
      { ldap: ACCOUNT, material: { 'ldap.bindPassword': 'rotated-meanwhile' } },
      ['error', 'unauthorized', /invalid credentials/, /ldap\.bindPassword/],
    ],
    [
      'a line break at its end',
      { ldap: ACCOUNT, material: { 'ldap.bindPassword': `${ADMIN.password}\n` } },
      ['warning', 'configuration', /line break/, /printf/],
    ],
    [
      'anonymous searches that are not allowed',
      { on: closed },
      ['error', 'forbidden', /refuses to be searched anonymously/, /ldap\.bindDN/],
    ],
    [
      'an account that may see nobody',
      { on: blind, ldap: { insecure: true } },
      ['error', 'forbidden', /may not search under "ou=people/, /let it read/],
    ],
    [
      'a base that is not there',
      { url: `ldap://${HOST}/ou=moved,${BASE}?uid` },
      ['error', 'not-found', /"ou=moved,dc=corp,dc=test" does not exist/, /correct the base/],
    ],
    [
      'a base that is no name',
      { url: `ldap://${HOST}/people?uid` },
      ['error', 'configuration', /refuses to search under "people"/, /base and filter/],
    ],
    [
      'a filter that nobody matches',
      { url: `ldap://${HOST}/${PEOPLE}?uid?sub?(memberOf=cn=devs)` },
      ['error', 'not-found', /no entry under .* matches \(memberOf=cn=devs\)/],
    ],
    [
      'an account without a password',
      { ldap: { bindDN: ADMIN.dn } },
      ['error', 'configuration', /only one is set/, /both, or neither/],
    ],
    [
      'a password that may not be read',
      { ldap: ACCOUNT, material: { 'ldap.bindPassword': 'not-read' } },
      ['unknown', 'probe', /bind \(ldap\.bindPassword\) was not read/, /identity\.readSecrets/],
    ],
  ];
  for (const [name, given, finding] of table) {
    test(name, async () => assertFinds(await runCheck(provider(given)), finding));
  }
});

test('no bind password is in any output', () => {
  assertSilentAbout([ADMIN.password, 'rotated-meanwhile']);
});
