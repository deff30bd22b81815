import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { suite, test } from 'node:test';
import { raw } from '../registry/ways.ts';
import { ACCOUNT, HOST, ldapAt, start } from './support/directory.ts';
import type { LdapCase } from './support/directory.ts';
import {
  assertFinds,
  assertSilentAbout,
  ca,
  runCheck,
  publicCa,
} from './support/provider-check.ts';
import { ADMIN } from './support/slapd.ts';
import type { Slapd } from './support/slapd.ts';

const good = await start({ pair: await ca.leaf([HOST]) });
const blind = await start({ database: ['access to * by anonymous auth'] });

interface Case extends LdapCase {
  readonly on?: Slapd;
}

function provider({ on = good, ...given }: Case) {
  return ldapAt(on, given);
}

suite('a problem of TLS is named, and nothing is sent:', () => {
  const table: readonly (readonly [string, Parameters<typeof assertFinds>[1], () => unknown])[] = [
    [
      'an expired certificate',
      ['error', 'tls', /as seen from the worker.*has expired/, /renewed/],
      () => ca.leaf([HOST], { from: -9, to: -2 }),
    ],
    [
      'one for another name',
      ['error', 'tls', /another name.*other\.test/, /name the server/],
      () => ca.leaf(['other.test']),
    ],
    [
      'one of another CA',
      ['error', 'tls', /unknown issuer/, /ConfigMap of ldap\.ca/],
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
        const check = await runCheck(setup);
        assertFinds(check, finding);
        const isBound = check.seen.some((each) => each.startsWith('bound'));
        assert.equal(isBound, finding[0] === 'warning');
      }
    });
  }

  test('no problem, if its CA is no root', async () => {
    const issuing = await ca.below('Issuing CA');
    const on = await start({ pair: await issuing.leaf([HOST]) });
    for (const secure of [true, false]) {
      const material = { 'ldap.bindPassword': ADMIN.password, 'ldap.ca': issuing.cert };
      const check = await runCheck(provider({ on, secure, ldap: ACCOUNT, material }));
      assert.ok(
        check.seen.some((each) => each.startsWith('bound')),
        JSON.stringify(check),
      );
    }
  });

  test('a directory without StartTLS', async () => {
    const check = await runCheck(provider({ on: blind }));
    assertFinds(check, ['error', 'configuration', /refuses StartTLS/, /ldaps:\/\//]);
  });

  test('a port that speaks no TLS', async () => {
    const check = await runCheck(provider({ on: { ...good, tls: good.plain }, secure: true }));
    const [finding] = check.findings;
    assert.ok(finding && ['tls', 'probe'].includes(finding.cause), JSON.stringify(check));
    assert.ok(!check.seen.some((each) => each.startsWith('bound')));
  });

  test('a directory that hangs', () =>
    raw(
      () => {},
      async (port) => {
        const setup = provider({ on: { ...good, plain: port } });
        const check = await runCheck(setup, 300);
        assertFinds(check, ['warning', 'timeout', /timed out after 0\.3 s/, /try again/]);
      },
    ));

  for (const [what, behave, finding] of [
    ['hangs at the bind', () => {}, ['warning', 'timeout', /timed out after/]],
    [
      'hangs up at the bind',
      (socket: Socket) => socket.once('data', () => socket.destroy()),
      ['warning', 'probe', /as seen from the worker, .* closed the connection/],
    ],
  ] as const) {
    test(`a directory that ${what} is called slow or gone, and not closed`, () =>
      raw(behave, async (port) => {
        const on = { ...good, plain: port };
        const setup = provider({ on, ldap: { insecure: true } });
        const check = await runCheck(setup, what.startsWith('hangs at') ? 300 : undefined);
        assertFinds(check, finding);
        assert.equal(check.verdict, 'doubtful', JSON.stringify(check.findings));
      }));
  }

  test('a directory that is not there is a warning: the worker is not the OAuth server', async () => {
    const check = await runCheck(provider({ url: 'ldap://ldap.invalid/dc=x' }));
    assertFinds(check, ['warning', 'probe', /as seen from the worker.*\(dns: /, /OAuth server/]);
    assert.equal(check.verdict, 'doubtful');
  });
});

test('no bind password is in any output', () => assertSilentAbout([ADMIN.password]));
