import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { raw } from '../registry/ways.ts';
import {
  assertFinds,
  assertSilentAbout,
  assertSound,
  ca,
  judge,
  look,
  networkTo,
  publicCa,
  setupOf,
  stranger,
} from './support/judge.ts';
import { ADMIN, BASE, startSlapd } from './support/slapd.ts';
import type { Slapd } from './support/slapd.ts';

const HOST = 'ldap.test';
const PEOPLE = `ou=people,${BASE}`;
const running: Slapd[] = [];
after(() => Promise.all(running.map((each) => each.stop())));

const start: typeof startSlapd = async (options) => {
  const slapd = await startSlapd(options);
  running.push(slapd);
  return slapd;
};

const good = await start({ pair: await ca.leaf([HOST]) });
const closed = await start({ pair: await ca.leaf([HOST]), server: ['disallow bind_anon'] });
const blind = await start({ database: ['access to * by anonymous auth'] });

interface Case {
  readonly url?: string;
  readonly on?: Slapd;
  readonly secure?: boolean;
  readonly ldap?: Readonly<Record<string, unknown>>;
  readonly material?: Readonly<Record<string, string>>;
}

/** A provider of a directory; StartTLS with its own CA and an anonymous bind where nothing is said. */
function provider({ url, on = good, secure = false, ldap = {}, material = {} }: Case) {
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

const ACCOUNT = { bindDN: ADMIN.dn, bindPassword: { name: 'bind' } };

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
      const check = await judge(setup);
      const seen = check.seen.join('; ');
      assert.match(seen, /bound as cn=admin.*its filter finds people/);
      if ('ldap' in given) {
        assertFinds(check, ['warning', 'configuration', /in the clear/, /StartTLS/]);
        assert.equal(check.verdict, 'doubtful');
      } else {
        assertSound(check);
        assert.match(seen, /ldap\.test:\d+ answers, certificate good for 89 days/);
      }
      const { sighting, check: person } = await look(setup, 'alice');
      assert.equal(sighting, 'found');
      assert.match(person.seen.join(), /^alice is cn=person-.*,ou=people,dc=corp,dc=test$/);
    });
  }

  test('may be named by its address', async () => {
    const at = await start({ pair: await ca.leaf(['127.0.0.1']) });
    for (const url of [`ldap://127.0.0.1:${at.plain}`, `ldaps://127.0.0.1:${at.tls}`]) {
      assertSound(await judge(provider({ url: `${url}/${PEOPLE}?uid` })));
    }
  });

  test('is searched anonymously where no account is configured', async () => {
    const check = await judge(provider({}));
    assertSound(check);
    assert.match(check.seen.join('; '), /bound anonymously/);
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
      assert.equal((await look(provider({}), name)).sighting, expected);
    });
  }

  test('who is two entries cannot log in', async () => {
    const setup = provider({ url: `ldap://${HOST}/${PEOPLE}?mail` });
    const { sighting, check } = await look(setup, 'shared@corp.test');
    assert.equal(sighting, 'found');
    assertFinds(check, ['broken', 'configuration', /more than one entry/, /attribute.*unique/]);
  });

  test('outside the scope is absent', async () => {
    const setup = provider({ url: `ldap://${HOST}/${BASE}?uid?one` });
    assert.equal((await look(setup, 'alice')).sighting, 'absent');
  });

  test('whom the filter leaves out is absent', async () => {
    const setup = provider({ url: `ldap://${HOST}/${BASE}?uid?sub?(mail=*)` });
    assert.equal((await look(setup, 'alice')).sighting, 'found');
    assert.equal((await look(setup, 'dora')).sighting, 'absent');
  });

  test('without the attribute that identifies people cannot log in', async () => {
    const setup = provider({ ldap: { attributes: { id: ['mail'] } } });
    const { check } = await look(setup, 'dora');
    assertFinds(check, ['broken', 'configuration', /none of the attributes mail/, /dn/]);
  });

  test('whose User has another name is told of that name', async () => {
    const attributes = { id: ['dn'], preferredUsername: ['mail'] };
    const { check } = await look(provider({ ldap: { attributes } }), 'alice');
    assertFinds(check, ['note', 'configuration', /becomes the User alice@corp\.test/]);
  });

  test('is unknown where the directory cannot be reached', async () => {
    const setup = provider({ material: { 'ldap.ca': stranger.cert } });
    assert.equal((await look(setup, 'alice')).sighting, 'unknown');
  });
});

suite('what is wrong with an account or a search is named:', () => {
  const table: readonly (readonly [string, Case, Parameters<typeof assertFinds>[1]])[] = [
    [
      'a wrong password',
      { ldap: ACCOUNT, material: { 'ldap.bindPassword': 'rotated-meanwhile' } },
      ['broken', 'unauthorized', /invalid credentials/, /ldap\.bindPassword/],
    ],
    [
      'a line break at its end',
      { ldap: ACCOUNT, material: { 'ldap.bindPassword': `${ADMIN.password}\n` } },
      ['warning', 'configuration', /line break/, /printf/],
    ],
    [
      'anonymous binds that are not allowed',
      { on: closed },
      ['broken', 'forbidden', /refuses to bind anonymously/, /ldap\.bindDN/],
    ],
    [
      'an account that may see nobody',
      { on: blind, ldap: { insecure: true } },
      ['broken', 'forbidden', /may not search under "ou=people/, /let it read/],
    ],
    [
      'a base that is not there',
      { url: `ldap://${HOST}/ou=moved,${BASE}?uid` },
      ['broken', 'not-found', /"ou=moved,dc=corp,dc=test" does not exist/, /correct the base/],
    ],
    [
      'a base that is no name',
      { url: `ldap://${HOST}/people?uid` },
      ['broken', 'configuration', /refuses to search under "people"/, /base and filter/],
    ],
    [
      'a filter that nobody matches',
      { url: `ldap://${HOST}/${PEOPLE}?uid?sub?(memberOf=cn=devs)` },
      ['broken', 'not-found', /nobody under .* matches \(memberOf=cn=devs\)/],
    ],
    [
      'an account without a password',
      { ldap: { bindDN: ADMIN.dn } },
      ['broken', 'configuration', /only one is set/, /both, or neither/],
    ],
    [
      'a password that may not be read',
      { ldap: ACCOUNT, material: { 'ldap.bindPassword': 'not-read' } },
      ['unchecked', 'probe', /bind \(ldap\.bindPassword\) was not read/, /identity\.readSecrets/],
    ],
  ];
  for (const [name, given, finding] of table) {
    test(name, async () => assertFinds(await judge(provider(given)), finding));
  }
});

suite('what is wrong with TLS is named, and nothing is sent:', () => {
  const table: readonly (readonly [string, Parameters<typeof assertFinds>[1], () => unknown])[] = [
    [
      'an expired certificate',
      ['broken', 'tls', /as seen from the worker.*has expired/, /renewed/],
      () => ca.leaf([HOST], { from: -9, to: -2 }),
    ],
    [
      'one for another name',
      ['broken', 'tls', /another name.*other\.test/, /name the server/],
      () => ca.leaf(['other.test']),
    ],
    [
      'one of another CA',
      ['broken', 'tls', /unknown issuer/, /ConfigMap of ldap\.ca/],
      () => publicCa.leaf([HOST]),
    ],
    [
      'one that soon ends',
      ['warning', 'tls', /ends in 8 days/],
      () => ca.leaf([HOST], { from: -1, to: 9 }),
    ],
  ];
  for (const [name, finding, pair] of table) {
    test(name, async () => {
      const on = await start({ pair: (await pair()) as Awaited<ReturnType<typeof ca.leaf>> });
      for (const secure of [true, false]) {
        const setup = provider({
          on,
          secure,
          ldap: ACCOUNT,
          material: { 'ldap.bindPassword': ADMIN.password },
        });
        const check = await judge(setup);
        assertFinds(check, finding);
        const isBound = check.seen.some((each) => each.startsWith('bound'));
        assert.equal(isBound, finding[0] === 'warning');
      }
    });
  }

  test('a directory without StartTLS', async () => {
    const check = await judge(provider({ on: blind }));
    assertFinds(check, ['broken', 'configuration', /refuses StartTLS/, /ldaps:\/\//]);
  });

  test('a port that speaks no TLS', async () => {
    const check = await judge(provider({ on: { ...good, tls: good.plain }, secure: true }));
    const [finding] = check.findings;
    assert.ok(finding && ['tls', 'probe'].includes(finding.cause), JSON.stringify(check));
    assert.ok(!check.seen.some((each) => each.startsWith('bound')));
  });

  test('a directory that hangs', () =>
    raw(
      () => {},
      async (port) => {
        const setup = provider({ on: { ...good, plain: port } });
        const check = await judge(setup, 300);
        assertFinds(check, ['warning', 'timeout', /not done within 0\.3 s/, /try again/]);
      },
    ));

  test('a directory that is not there is a warning: the worker is not the OAuth server', async () => {
    const check = await judge(provider({ url: 'ldap://ldap.invalid/dc=x' }));
    assertFinds(check, ['warning', 'probe', /as seen from the worker.*\(dns: /, /OAuth server/]);
    assert.equal(check.verdict, 'doubtful');
  });
});

suite('an address is refused where it', () => {
  const table: readonly (readonly [string, string, RegExp])[] = [
    ['is of another protocol', 'https://ldap.test/dc=x', /is no LDAP address/],
    ['names no host', 'ldap:///dc=x', /names no host/],
    ['holds a user name', 'ldap://me@ldap.test/dc=x', /holds a user name/],
    ['has an unknown scope', 'ldap://ldap.test/dc=x?uid?all', /has the scope all/],
    ['has a filter that is none', 'ldap://ldap.test/dc=x?uid?sub?((', /has a filter that is none/],
    ['has a broken escape', 'ldap://ldap.test/dc=%zz', /holds a % that is no escape/],
    ['has a critical extension', 'ldap://ldap.test/dc=x????!bindname=x', /critical/],
  ];
  for (const [what, url, text] of table) {
    test(what, async () => {
      assertFinds(await judge(provider({ url })), ['broken', 'configuration', text, /BASE-DN/]);
    });
  }

  test('asks for insecure TLS', async () => {
    const check = await judge(provider({ secure: true, ldap: { insecure: true } }));
    assertFinds(check, ['broken', 'configuration', /insecure is true with an ldaps/]);
  });
});

test('no bind password is in anything that was told', () => {
  assertSilentAbout([ADMIN.password, 'rotated-meanwhile']);
});
