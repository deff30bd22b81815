import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { createServer } from 'node:tls';
import { dial, trust } from '../../src/net/dial.ts';
import { inspect } from '../../src/net/inspect.ts';
import type { TlsFacts } from '../../src/net/inspect.ts';
import { explainSilence } from '../../src/net/silence.ts';
import { createCa } from '../registry/certificates.ts';
import type { Oddity, Pair } from '../registry/certificates.ts';

const HOST = 'registry.test';
const root = await createCa('Corporate Root');
const issuing = await root.below('Corporate Issuing CA');

/** What a strict connection comes to; an inspection, as every check makes it, must say the same. */
async function meets(
  pair: Pair,
  trusted: string,
  host = HOST,
): Promise<{ said: string; tls: TlsFacts | undefined }> {
  // A server of its own time: OpenSSL would not serve what it does not take.
  const server = createServer({ ...pair, ciphers: 'DEFAULT@SECLEVEL=0' }, (socket) => {
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
    const strict = await dial(to, signal).then(
      (socket) => {
        socket.destroy();
        return 'taken';
      },
      (error: unknown) => explainSilence(error).flaw ?? 'no flaw',
    );
    const { tls, error } = await inspect(to, 10_000, signal);
    const { flaw, text } = explainSilence(error);
    assert.equal(error === undefined ? 'taken' : flaw, strict, text);
    return { said: error === undefined ? 'taken' : `${flaw}: ${text}`, tls };
  } finally {
    server.close();
  }
}

suite('a certificate is taken as Go’s clients take it:', () => {
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
      const { said, tls } = await meets(
        await root.leaf([name]),
        root.cert,
        'registry.registry.test',
      );
      assert.match(said, wanted, name);
      assert.equal(tls?.hostNameOk, said === 'taken');
    }
    const both = await root.leaf(['reg*.registry.test', '*.registry.test']);
    assert.equal((await meets(both, root.cert, 'registry.registry.test')).said, 'taken');
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

  const table: readonly (readonly [Oddity, RegExp])[] = [
    [
      'common name only',
      /^no-names: .*common name only.*"registry\.test".*no subject alternative name/,
    ],
    ['RSA of 1024 bits', /^taken$/],
    ['SHA-1', /^weak: .*SHA-?1.*digest algorithm too weak/i],
    ['for clients only', /^wrong-purpose: .*not made for a server/],
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
