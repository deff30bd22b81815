import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pair } from '../registry/certificates.ts';
import { raw } from '../registry/ways.ts';
import {
  assertFinds,
  assertSilentAbout,
  assertSound,
  ca,
  runCheck,
  publicCa,
  SECRET,
  setupOf,
  untrustedCa,
} from './support/provider-check.ts';
import { documented, HOST, openIdAt } from './support/openid.ts';
import { site } from './support/sites.ts';

type Wanted = Parameters<typeof assertFinds>[1];

const CERTIFICATES: readonly (readonly [string, () => Promise<Pair>, Wanted])[] = [
  [
    'an expired certificate',
    () => ca.leaf([HOST], { from: -9, to: -2 }),
    ['error', 'tls', /has expired/, /renewed/],
  ],
  [
    'one that is not valid yet',
    () => ca.leaf([HOST], { from: 2, to: 9 }),
    ['warning', 'tls', /not valid yet/, /clocks/],
  ],
  [
    'one for another name',
    () => ca.leaf(['other.test']),
    ['error', 'tls', /another name/, /name the server/],
  ],
  [
    'one of another CA than its own, though the system trusts it',
    () => publicCa.leaf([HOST]),
    ['error', 'tls', /unknown issuer/, /ConfigMap of openID\.ca/],
  ],
  [
    'one with a common name only',
    () => ca.odd('common name only', HOST),
    ['error', 'tls', /common name only, which clients in Go reject/, /subject alternative names/],
  ],
  [
    'one that was made for clients',
    () => ca.odd('for clients only', HOST),
    ['error', 'tls', /not made for a server/, /serverAuth.*no CA that is added helps/],
  ],
  [
    'one that is signed with SHA-1',
    () => lenient(ca.odd('SHA-1', HOST)),
    ['error', 'tls', /signed with SHA-1/, /SHA-256.*no CA that is added helps/],
  ],
  [
    'one with a short key, which the OAuth server takes,',
    () => lenient(ca.odd('RSA of 1024 bits', HOST)),
    ['note', 'configuration', /CN=idp\.test has an RSA key of 1024 bits/, /RSA 2048/],
  ],
  [
    'one that soon ends',
    () => ca.leaf([HOST], { from: -1, to: 29 }),
    ['warning', 'tls', /ends in 28 days/, /renewed/],
  ],
];

/** OpenSSL would not serve what it does not take. */
async function lenient(pair: Promise<Pair>): Promise<Pair> {
  const served = { ...(await pair), ciphers: 'DEFAULT@SECLEVEL=0' };
  return served;
}

suite('a server with', () => {
  for (const [what, pair, finding] of CERTIFICATES) {
    test(`${what} gets a finding`, async () => {
      const server = await site(HOST, documented({}), await pair());
      try {
        assertFinds(await runCheck(openIdAt(server.port)), finding);
        if (finding[0] === 'error') assert.equal(server.seen.length, 0);
      } finally {
        await server.close();
      }
    });
  }

  test("a certificate of the system's roots needs no CA of its own", async () => {
    const server = await site(HOST, documented({}), await publicCa.leaf([HOST]));
    try {
      assertSound(await runCheck(openIdAt(server.port, { openID: { ca: undefined } })));
    } finally {
      await server.close();
    }
  });

  test('a certificate of a CA that is no root, and the only one in the bundle, is trusted', async () => {
    const issuing = await ca.below('Issuing CA');
    const server = await site(HOST, documented({}), await issuing.leaf([HOST]));
    try {
      assertSound(
        await runCheck(openIdAt(server.port, { material: { 'openID.ca': issuing.cert } })),
      );
    } finally {
      await server.close();
    }
  });

  test('a certificate of an unknown CA is a warning if no CA is configured', async () => {
    const server = await site(HOST, documented({}), await untrustedCa.leaf([HOST]));
    try {
      const check = await runCheck(openIdAt(server.port, { openID: { ca: undefined } }));
      assertFinds(check, ['warning', 'tls', /no CA of its own is configured/, /openID\.ca/]);
    } finally {
      await server.close();
    }
  });

  for (const why of ['forbidden', 'missing']) {
    test(`a CA that is ${why} blames no issuer`, async () => {
      const server = await site(HOST, documented({}));
      try {
        const check = await runCheck(openIdAt(server.port, { material: { 'openID.ca': why } }));
        assertFinds(check, ['unknown', 'probe', /openID\.ca could not be read/]);
        assert.equal(check.verdict, why === 'missing' ? 'broken' : 'sound');
      } finally {
        await server.close();
      }
    });
  }
});

suite('a CA that has expired', async () => {
  const old = await untrustedCa.leaf(['old.test'], { from: -9, to: -2 });

  for (const bundle of [`${ca.cert}\n${old.cert}`, `${old.cert}\n${ca.cert}`]) {
    const first = bundle.startsWith(old.cert) ? 'first' : 'last';
    test(`is a warning beside a good one, in a file that has it ${first}`, async () => {
      const server = await site(HOST, documented({}));
      try {
        const check = await runCheck(openIdAt(server.port, { material: { 'openID.ca': bundle } }));
        assertFinds(check, ['warning', 'tls', /CN=old\.test expired on .*, beside one/, /take/]);
        assert.equal(check.verdict, 'doubtful');
      } finally {
        await server.close();
      }
    });
  }

  test('is broken if there is no other', async () => {
    const check = await runCheck(openIdAt(9, { material: { 'openID.ca': old.cert } }));
    assertFinds(check, ['error', 'tls', /CN=old\.test expired on/, /replace/]);
  });

  test("is a warning beside a good one for a proxy's certificates, too", async () => {
    const block = { ca: { name: 'ca' }, headers: ['X-User'], loginURL: 'http://proxy.test' };
    const check = await runCheck(
      setupOf(
        { name: 'corp', type: 'RequestHeader', requestHeader: block },
        { 'requestHeader.ca': `${ca.cert}\n${old.cert}` },
      ),
    );
    assertFinds(check, ['warning', 'tls', /requestHeader\.ca: .* expired on .*, beside one/]);
  });
});

suite('the connection to a server:', () => {
  test('a name that does not resolve is a warning, because the worker is not the OAuth server', async () => {
    const issuer = 'https://idp.invalid';
    const check = await runCheck(openIdAt(0, { issuer }));
    assertFinds(check, [
      'warning',
      'probe',
      /as seen from the worker, idp\.invalid .*\(dns: /,
      /proxy/,
    ]);
    assert.equal(check.verdict, 'doubtful');
  });

  test('one that hangs times out', () =>
    raw(
      () => {},
      async (port) => {
        const check = await runCheck(openIdAt(port), 300);
        assertFinds(check, ['warning', 'timeout', /timed out after 0\.3 s/]);
        assert.match(check.seen.join(), /openID\.clientSecret is there/);
      },
    ));

  test('one that speaks no TLS', () =>
    raw(
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      async (port) => {
        assertFinds(await runCheck(openIdAt(port)), ['error', 'tls', /could not be agreed on/]);
      },
    ));

  for (const [what, issuer] of [
    ['http', 'http://idp.test'],
    ['no address', 'idp'],
    ['a password', 'https://me:secret@idp.test'],
    ['a query', 'https://idp.test?x=1'],
  ] as const) {
    test(`an issuer that is ${what} is refused`, async () => {
      assertFinds(await runCheck(openIdAt(9, { issuer })), [
        'error',
        'configuration',
        /openID\.issuer/,
      ]);
    });
  }
});

test('no client secret is in any output', () => assertSilentAbout([SECRET]));
