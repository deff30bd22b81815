import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createRegistry } from '../../src/registry/registry.ts';
import { createCa } from './certificates.ts';
import type { Pair } from './certificates.ts';
import { failure } from './failure-of.ts';
import { ca, HOST, likeOpenShift, meet, ORIGIN, patience } from './play.ts';
import { bothFail, raw, withRegistry } from './ways.ts';

const stranger = await createCa('Stranger');

suite('a registry in good order', () => {
  test('is inspected: address, name, chain and days left, and nothing is sent', () =>
    meet(likeOpenShift(), async (registry, { seen }) => {
      const reach = await registry.inspect(patience());
      assert.equal(reach.failure, undefined);
      assert.deepEqual(reach.addresses, ['127.0.0.1']);
      assert.deepEqual(
        reach.stages.map(({ stage: name, ok }) => [name, ok]),
        [
          ['name', true],
          ['tcp', true],
          ['tls', true],
        ],
      );
      assert.ok(reach.stages.every(({ durationMs }) => durationMs >= 0));
      const { tls } = reach;
      assert.ok(tls);
      assert.equal(tls.trusted, true);
      assert.equal(tls.hostNameOk, true);
      assert.equal(tls.daysLeft, 89);
      assert.match(tls.protocol, /^TLSv1\.[23]$/);
      const [own, root] = tls.chain;
      assert.ok(own && root);
      assert.deepEqual([own.subject, own.issuer], [`CN=${HOST}`, 'CN=Test CA']);
      assert.match(own.notAfter, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      assert.deepEqual([root.subject, root.issuer], ['CN=Test CA', 'CN=Test CA']);
      assert.equal(tls.chain.length, 2);
      assert.equal(seen.length, 0);
    }));

  test('is known by its name and not by the way there', () =>
    meet(likeOpenShift(), async (registry, { seen }) => {
      await registry.challenge(patience());
      assert.equal(seen[0]?.headers.host, HOST);
    }));
});

suite('the certificate:', () => {
  const table: readonly (readonly [string, () => Promise<Pair>, RegExp, object])[] = [
    [
      'expired',
      () => ca.leaf([HOST], { from: -9, to: -2.5 }),
      /has expired.*have it renewed/,
      { trusted: false, hostNameOk: true, daysLeft: -3 },
    ],
    [
      'not valid yet',
      () => ca.leaf([HOST], { from: 2, to: 9 }),
      /not valid yet.*clocks/,
      { trusted: false, hostNameOk: true, daysLeft: 8 },
    ],
    [
      'for another name',
      () => ca.leaf(['other.test'], { from: -1, to: 9 }),
      /for another name.*other\.test/,
      { trusted: false, hostNameOk: false, daysLeft: 8 },
    ],
    [
      'of an unknown issuer',
      () => stranger.leaf([HOST], { from: -1, to: 9 }),
      /unknown issuer.*give Purser the ingress CA/,
      { trusted: false, hostNameOk: true, daysLeft: 8 },
    ],
    [
      'with a common name only',
      () => ca.odd('common name only', HOST),
      /common name only.*subject alternative names/,
      { trusted: false, hostNameOk: false, daysLeft: 89 },
    ],
    [
      'for clients',
      () => ca.odd('for clients only', HOST),
      /not made for a server.*no CA that is added helps/,
      { trusted: false, hostNameOk: true, daysLeft: 89 },
    ],
  ];
  for (const [name, makePair, message, facts] of table) {
    test(`${name} is tls, and is told of all the same`, async () => {
      const pair = await makePair();
      await meet(
        likeOpenShift(),
        async (registry, { seen }) => {
          await bothFail(registry, 'tls', message);
          const { tls } = await registry.inspect(patience());
          const { trusted, hostNameOk, daysLeft } = tls ?? {};
          assert.deepEqual({ trusted, hostNameOk, daysLeft }, facts);
          assert.equal(seen.length, 0);
        },
        { pair },
      );
    });
  }

  test('of the service is looked for in the service CA', async () => {
    const name = 'image-registry.openshift-image-registry.svc';
    const pair = await stranger.leaf([name]);
    await meet(
      likeOpenShift(),
      (registry) => bothFail(registry, 'tls', /give Purser the service CA/),
      { pair, origin: `https://${name}:5000` },
    );
  });

  test('of a CA that Purser was not given is tls', () =>
    meet(likeOpenShift(), (registry) => bothFail(registry, 'tls', /unknown issuer/), {
      ca: undefined,
    }));

  test('is trusted by any of several CAs in one text', () =>
    meet(
      likeOpenShift(),
      async (registry) => {
        assert.equal((await registry.challenge(patience())).kind, 'bearer');
      },
      { ca: `${stranger.cert}\n${ca.cert}` },
    ));
});

suite('the way there:', () => {
  test('a name that nobody knows is dns', () =>
    withRegistry({ origin: 'https://registry.invalid' }, (registry) =>
      bothFail(registry, 'dns', /resolving registry\.invalid.*check the name/),
    ));

  test('a port where nobody listens is tcp', async () => {
    let free = 0;
    await raw(
      () => {},
      async (port) => {
        free = port;
      },
    );
    await withRegistry({ origin: ORIGIN, connect: { host: '127.0.0.1', port: free } }, (registry) =>
      bothFail(registry, 'tcp', /ECONNREFUSED.*connecting to 127\.0\.0\.1/),
    );
  });

  test('a reset in the handshake is tcp', () =>
    raw(
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      (port) =>
        withRegistry({ origin: ORIGIN, connect: { host: '127.0.0.1', port } }, (registry) =>
          bothFail(registry, 'tcp', /in the TLS handshake with registry\.test/),
        ),
    ));

  test('a port that speaks no TLS is tls', () =>
    raw(
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      (port) =>
        withRegistry({ origin: ORIGIN, connect: { host: '127.0.0.1', port } }, (registry) =>
          bothFail(registry, 'tls', /could not be agreed on.*speaks TLS/),
        ),
    ));

  test('a handshake that never ends is timeout', () =>
    raw(
      () => {},
      (port) =>
        withRegistry(
          { origin: ORIGIN, connect: { host: '127.0.0.1', port }, timeouts: { connect: 150 } },
          (registry) => bothFail(registry, 'timeout', /in the TLS handshake with/),
        ),
    ));

  test('what speaks TLS but no HTTP is configuration', () =>
    meet(
      () => (_response, socket) => socket.end('220 smtp.test ESMTP\r\n'),
      async (registry) => {
        assert.equal((await failure(registry.challenge(patience()))).failureCause, 'configuration');
      },
    ));

  for (const [name, origin] of [
    ['http', 'http://127.0.0.1:5000'],
    ['no address', 'registry'],
    ['another protocol', 'ftp://registry.test'],
    ['an address with a password', 'https://me:secret@registry.test'],
  ] as const) {
    test(`${name} is configuration before anything is tried`, () => {
      assert.throws(
        () => createRegistry({ origin }),
        (error: unknown) =>
          error instanceof Error &&
          'failureCause' in error &&
          error.failureCause === 'configuration',
      );
    });
  }

  test('http elsewhere is refused even where it is asked for', () => {
    assert.throws(
      () => createRegistry({ origin: 'http://registry.test', allowHttp: true }),
      /http/,
    );
  });
});
