import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { createServer } from 'node:tls';
import type { PeerCertificate, TlsOptions } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { checkAsGo } from '../../src/net/certificate.ts';
import { dial, trust } from '../../src/net/dial.ts';
import { inspectConnection } from '../../src/net/inspect.ts';
import type { TlsFacts } from '../../src/net/inspect.ts';
import { explainNoResponse } from '../../src/net/no-response.ts';
import { createCa } from '../registry/certificates.ts';
import type { Oddity, Pair } from '../registry/certificates.ts';
import {
  ANY_USE,
  BRAINPOOL_CA,
  GATED,
  NEGATIVE_SERIAL,
  RSA_1023,
  RSA_PSS,
} from './odd-certificates.ts';

const HOST = 'registry.test';
const root = await createCa('Corporate Root');
const issuing = await root.below('Corporate Issuing CA');

/** What a strict connection comes to; an inspection, as every check makes it, must say the same. */
async function meets(
  pair: Pair,
  trusted: string,
  { host = HOST, ...settings }: TlsOptions & { readonly host?: string } = {},
): Promise<{ said: string; tls: TlsFacts | undefined }> {
  // A server of its own time: OpenSSL would not serve what it does not take.
  const server = createServer({ ...pair, ciphers: 'DEFAULT@SECLEVEL=0', ...settings }, (socket) => {
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const to = {
    url: new URL(`https://${host}`),
    connect: { host: '127.0.0.1', port },
    context: trust(trusted),
  };
  const signal = AbortSignal.timeout(10_000);
  try {
    const strict = await dial(to, signal).then((socket) => {
      socket.destroy();
      return 'taken';
    }, wordsOf);
    const { tls, error } = await inspectConnection(to, 10_000, signal);
    assert.equal(error === undefined ? 'taken' : wordsOf(error), strict);
    return { said: strict, tls };
  } finally {
    server.close();
  }
}

// OpenSSL puts a number of the thread before its words.
function wordsOf(error: unknown): string {
  const { flaw, text } = explainNoResponse(error);
  return `${flaw}: ${text.replaceAll(/\b[0-9A-F]{16}:/g, '')}`;
}

suite("a certificate is taken as Go's clients take it:", () => {
  test('a bundle of server certificate and issuing CA needs no root', async () => {
    const pair = await issuing.leaf([HOST]);
    for (const bundle of [`${pair.cert}\n${issuing.cert}`, issuing.cert, pair.cert]) {
      const { said, tls } = await meets(pair, bundle);
      assert.equal(said, 'taken');
      assert.deepEqual([tls?.trusted, tls?.hostNameOk, tls?.weakKey], [true, true, undefined]);
    }
  });

  test('one that the bundle does not lead to is none of its own', async () => {
    const other = await createCa('Another');
    const { said } = await meets(await issuing.leaf([HOST]), other.cert);
    assert.match(said, /^unknown-issuer: /);
  });

  test('a wildcard counts for the whole of the first label only', async () => {
    for (const [name, wanted] of [
      ['*.registry.test', /^taken$/],
      ['reg*.registry.test', /^(?!taken)/],
      ['*y.registry.test', /^(?!taken)/],
    ] as const) {
      const { said, tls } = await meets(await root.leaf([name]), root.cert, {
        host: 'registry.registry.test',
      });
      assert.match(said, wanted, name);
      assert.equal(tls?.hostNameOk, said === 'taken');
    }
    const both = await root.leaf(['reg*.registry.test', '*.registry.test']);
    assert.equal((await meets(both, root.cert, { host: 'registry.registry.test' })).said, 'taken');
  });

  test('what cannot be read of a bundle is passed over, wherever it is', async () => {
    const pair = await root.leaf([HOST]);
    const begin = '-----BEGIN CERTIFICATE-----\n';
    const end = '\n-----END CERTIFICATE-----\n';
    for (const broken of [
      `${begin}bm90aGluZw==${end}`,
      `${begin}!${end}`,
      `${begin}bm90aGluZw==\n`,
    ]) {
      assert.equal((await meets(pair, `${broken}${root.cert}\n`)).said, 'taken');
      assert.equal((await meets(pair, `${root.cert}\n${broken}`)).said, 'taken');
    }
  });

  const names: readonly (readonly [string, string, string, RegExp])[] = [
    ['a wildcard of a whole top domain', '*.test', 'apps.test', /^taken$/],
    ['a wildcard and two labels', '*.apps.test', 'a.b.apps.test', /^other-name: /],
    ['a wildcard and none', '*.apps.test', 'apps.test', /^other-name: /],
    ['a wildcard alone', '*', 'localhost', /^other-name: /],
    ['a wildcard in the middle', 'a.*.test', 'a.b.test', /^other-name: /],
    ['another case', 'REGISTRY.Test', HOST, /^taken$/],
    ['a dot at its end', 'registry.test.', HOST, /^other-name: /],
    ['a dot at the end of what is asked for', HOST, 'registry.test.', /^taken$/],
    ['an underscore', 'my_reg.test', 'my_reg.test', /^taken$/],
    ['an address as a name', 'x127.0.0.1', '127.0.0.1', /^other-name: /],
    ['an address', '127.0.0.1', '127.0.0.1', /^taken$/],
  ];
  for (const [what, name, host, wanted] of names) {
    test(`of a name: ${what}`, async () => {
      assert.match((await meets(await root.leaf([name]), root.cert, { host })).said, wanted);
    });
  }

  test('the common name is none beside addresses, either', async () => {
    const { said } = await meets(await root.odd('addresses only', HOST), root.cert);
    assert.match(said, /^other-name: .*altnames: addresses only/);
  });

  test('one without a subject is taken, and looked at', async () => {
    const { said, tls } = await meets(await root.odd('no subject', HOST), root.cert);
    assert.equal(said, 'taken');
    assert.equal(tls?.chain[0]?.subject, `DNS:${HOST}`);
  });

  const offers: readonly (readonly [string, TlsOptions, RegExp])[] = [
    ['RSA key exchange only', { ciphers: 'AES128-GCM-SHA256@SECLEVEL=0' }, /^no-tls: /],
    ['CBC with SHA-256 only', { ciphers: 'ECDHE-RSA-AES128-SHA256@SECLEVEL=0' }, /^no-tls: /],
    ['CBC with SHA-1', { ciphers: 'ECDHE-RSA-AES128-SHA@SECLEVEL=0' }, /^taken$/],
    ['X448 only', { ecdhCurve: 'X448' }, /^no-tls: /],
    ['SHA-224 only', { sigalgs: 'RSA+SHA224' }, /^no-tls: /],
    ['P-521', { ecdhCurve: 'P-521' }, /^taken$/],
  ];
  for (const [what, settings, wanted] of offers) {
    test(`a server that offers ${what}`, async () => {
      const pair = await root.odd('RSA of 1024 bits', HOST);
      const { said } = await meets(pair, root.cert, { ...settings, maxVersion: 'TLSv1.2' });
      assert.match(said, wanted);
    });
  }

  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    test(`a server that speaks ${version} only`, async () => {
      const only = { minVersion: version, maxVersion: version };
      assert.match((await meets(await root.leaf([HOST]), root.cert, only)).said, /^no-tls: /);
    });
  }

  test('an expired intermediate in the bundle is passed over for a good one that is sent', async () => {
    const { cert, key, old } = await root.renewed('Issuing CA', HOST);
    assert.equal((await meets({ cert, key }, `${old}\n${root.cert}`)).said, 'taken');
  });

  const unread: readonly (readonly [string, string, RegExp])[] = [
    ['a negative serial number', NEGATIVE_SERIAL, /can read CN=registry\.test: .*negative/],
    ['RSA of 1023 bits', RSA_1023, /key too weak: RSA of 1023 bits/],
    ['a key for PSS only', RSA_PSS, /takes a key of rsa-pss/],
    ['Server Gated Crypto', GATED, /is for 1\.3\.6\.1\.4\.1\.311\.10\.3\.3 only/],
  ];
  for (const [what, pem, wanted] of unread) {
    test(`${what}, which OpenSSL takes, is refused`, () => {
      assert.match(checkAsGo(HOST, peerOf(pem))?.message ?? 'taken', wanted);
    });
  }
  test('any use is one as a server', () => {
    assert.equal(checkAsGo(HOST, peerOf(ANY_USE)), undefined);
  });

  const table: readonly (readonly [Oddity, RegExp])[] = [
    [
      'common name only',
      /^no-names: .*common name only.*"registry\.test".*no subject alternative name/,
    ],
    ['RSA of 1024 bits', /^taken$/],
    ['SHA-1', /^weak: .*SHA-?1.*digest algorithm too weak/i],
    ['for clients only', /^wrong-purpose: .*not made for a server: unsuitable certificate purpose/],
    ['of a CA for other names', /^unfit: .*: permitted subtree violation/],
    ['an unknown critical extension', /^unfit: .*: unhandled critical extension/],
  ];
  for (const [oddity, wanted] of table) {
    test(oddity, async () => {
      const { said } = await meets(await root.odd(oddity, HOST), root.cert);
      assert.match(said, wanted);
    });
  }

  test('a short key that is taken is told of', async () => {
    const { tls } = await meets(await root.odd('RSA of 1024 bits', HOST), root.cert);
    assert.equal(tls?.weakKey, 'CN=registry.test has an RSA key of 1024 bits');
  });
});

function peerOf(pem: string): PeerCertificate {
  const { raw, subjectAltName } = new X509Certificate(pem);
  return { raw, subjectaltname: subjectAltName } as unknown as PeerCertificate;
}

test('a chain with a curve that Node cannot tell of ends no process', async () => {
  const impostor = await createCa('Brainpool CA');
  const pair = await impostor.leaf([HOST]);
  // Sent with a CA of that name, which need not have signed it. Node itself would die here (SIGSEGV).
  const chain = { key: pair.key, cert: `${pair.cert}\n${BRAINPOOL_CA}` };
  assert.match((await meets(chain, root.cert)).said, /^unknown-issuer: /);
});
