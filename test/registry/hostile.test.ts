import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { failure } from './failure-of.ts';
import {
  ca,
  HOST,
  json,
  likeOpenShift,
  meet,
  meetAs,
  ORIGIN,
  patience,
  stage,
  TOKEN,
  unauthorized,
} from './play.ts';
import type { Part, Stage } from './play.ts';

const BLOB = Buffer.from('what the object storage holds');
const DIGEST = `sha256:${createHash('sha256').update(BLOB).digest('hex')}`;
const wanted = { digest: DIGEST, size: BLOB.length };

/** Another server, which may see a request but never a credential. */
async function beside<T>(use: (other: Stage, origin: string) => Promise<T>): Promise<T> {
  const other = await stage(() => ({ status: 200, body: BLOB }));
  try {
    const result = await use(other, `https://127.0.0.1:${other.port}`);
    for (const { headers } of other.seen) assert.equal(headers.authorization, undefined);
    assert.ok(!JSON.stringify(other.seen).includes(TOKEN));
    return result;
  } finally {
    await other.close();
  }
}

suite('a realm', () => {
  const realms: readonly (readonly [string, (port: number) => string])[] = [
    ['at another host', (port) => `https://127.0.0.1:${port}/token`],
    ['at another port', (port) => `https://${HOST}:${port}/openshift/token`],
    ['without TLS', () => `http://${HOST}/openshift/token`],
    ['whose name only begins like the registry', () => `${ORIGIN}.evil.test/openshift/token`],
    ['that hides its host behind the registry as a user', (port) => `${ORIGIN}@127.0.0.1:${port}/`],
    ['without a host', () => '/openshift/token'],
    ['of nonsense', () => '::'],
  ];
  for (const [name, realm] of realms) {
    test(`${name} gets no token: configuration`, () =>
      beside((other) =>
        meet(
          () => unauthorized(`Bearer realm="${realm(other.port)}"`),
          async (registry, { seen }) => {
            const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
            assert.equal(error.failureCause, 'configuration');
            assert.match(error.message, /nothing was sent there; .*registry\.realm/);
            assert.equal(other.sockets(), 0);
            assert.ok(seen.every(({ headers }) => headers.authorization === undefined));
          },
        ),
      ));
  }

  test('elsewhere that purser.yaml names is asked, over connections of its own', async () => {
    const issuer = await stage(() => json(200, { token: TOKEN }));
    try {
      const realm = `https://127.0.0.1:${issuer.port}/token`;
      await meet(
        likeOpenShift(({ headers }) =>
          headers.authorization === undefined ? unauthorized(`Bearer realm="${realm}"`) : undefined,
        ),
        async (registry, { seen }) => {
          const session = await registry.login(TOKEN, { account: 'alice' }, patience());
          assert.equal(await session.stillLoggedIn(patience()), true);
          assert.equal(issuer.seen.length, 1);
          assert.ok(seen.every(({ url }) => url === '/v2/'));
        },
        { realm },
      );
    } finally {
      await issuer.close();
    }
  });

  test('that answers with a redirect is not followed', () =>
    beside((other, origin) =>
      meet(
        likeOpenShift(({ url }) =>
          url.startsWith('/openshift/token')
            ? { status: 307, headers: { location: `${origin}/token` } }
            : undefined,
        ),
        async (registry) => {
          const error = await failure(registry.login(TOKEN, { account: 'alice' }, patience()));
          assert.equal(error.failureCause, 'configuration');
          assert.equal(other.sockets(), 0);
        },
      ),
    ));
});

suite("an upload's Location", () => {
  const uploads = '/v2/team-a/app/blobs/uploads/';
  /** Sends the `step`th of POST, PATCH and PUT on to `location`. */
  const sendOn =
    (method: string, location: string): Part =>
    (seen) => {
      if (!seen.url.startsWith(uploads)) return undefined;
      const own = `${uploads}0001?_state=x`;
      if (seen.method === 'DELETE') return { status: 204 };
      if (seen.method === 'PUT') return { status: 201 };
      return { status: 202, headers: { location: seen.method === method ? location : own } };
    };

  for (const method of ['POST', 'PATCH']) {
    test(`elsewhere after ${method} gets neither token nor bytes, and the upload is cancelled`, () =>
      beside((other, origin) =>
        meetAs(sendOn(method, `${origin}${uploads}0001?_state=x`), async (session, { seen }) => {
          const error = await failure(session.putBlob('team-a/app', BLOB, patience()));
          assert.equal(error.failureCause, 'configuration');
          assert.match(
            error.message,
            /points to another server, https:\/\/127\.0\.0\.1:\d+; nothing/,
          );
          assert.ok(!error.message.includes('_state'));
          assert.equal(other.sockets(), 0);
          assert.equal(seen.at(-1)?.method, method === 'POST' ? 'POST' : 'DELETE');
        }),
      ));
  }

  test('that is relative is the registry itself', () =>
    meetAs(sendOn('', ''), async (session, { seen }) => {
      assert.deepEqual(await session.putBlob('team-a/app', BLOB, patience()), wanted);
      assert.deepEqual(
        seen.slice(-3).map(({ method, url }) => `${method} ${url}`),
        [
          `POST ${uploads}`,
          `PATCH ${uploads}0001?_state=x`,
          `PUT ${uploads}0001?_state=x&digest=${encodeURIComponent(DIGEST)}`,
        ],
      );
      assert.deepEqual(seen.at(-2)?.body, BLOB);
    }));

  test('that is absolute, at the registry and with its default port, is the registry itself', () =>
    meetAs(sendOn('POST', `${ORIGIN}:443${uploads}7`), async (session) => {
      const upload = await session.startUpload('team-a/app', patience());
      assert.deepEqual(upload, { repository: 'team-a/app', path: `${uploads}7` });
    }));

  test('that is not there is configuration', () =>
    meetAs(
      ({ method }) => (method === 'POST' ? { status: 202 } : undefined),
      async (session) => {
        const error = await failure(session.startUpload('team-a/app', patience()));
        assert.equal(error.failureCause, 'configuration');
        assert.match(error.message, /no Location/);
      },
    ));

  test('is not taken from a redirect', () =>
    beside((other, origin) =>
      meetAs(
        ({ method }) =>
          method === 'POST' ? { status: 307, headers: { location: `${origin}/u` } } : undefined,
        async (session) => {
          const error = await failure(session.startUpload('team-a/app', patience()));
          assert.equal(error.failureCause, 'configuration');
          assert.equal(other.sockets(), 0);
        },
      ),
    ));
});

suite("a blob's redirect", () => {
  const toThe = (location: string, status = 307): Part => {
    return ({ url }) =>
      url.startsWith('/v2/team-a/app/blobs/') ? { status, headers: { location } } : undefined;
  };

  for (const status of [302, 307]) {
    test(`(${status}) to object storage is followed without credentials`, () =>
      beside((other, origin) =>
        meetAs(
          toThe(`${origin}/bucket/blob?X-Amz-Signature=0123456789abcdef`, status),
          async (s) => {
            assert.deepEqual(await s.getBlob('team-a/app', wanted, patience()), wanted);
            assert.equal(other.seen.length, 1);
            assert.equal(other.seen[0]?.url, '/bucket/blob?X-Amz-Signature=0123456789abcdef');
          },
        ),
      ));
  }

  test('to the registry itself carries no credentials either', () =>
    meetAs(
      (seen) =>
        seen.url === '/direct/blob' ? { status: 200, body: BLOB } : toThe('/direct/blob')(seen),
      async (session, { seen }) => {
        assert.deepEqual(await session.getBlob('team-a/app', wanted, patience()), wanted);
        assert.equal(seen.at(-1)?.headers.authorization, undefined);
      },
    ));

  test('is followed three times and no further', () =>
    meetAs(
      ({ url }) => {
        const hop = Number(/\/hop\/(\d)/.exec(url)?.[1] ?? (url.includes('/blobs/') ? 0 : NaN));
        return Number.isNaN(hop)
          ? undefined
          : { status: 307, headers: { location: `/hop/${hop + 1}` } };
      },
      async (session, { seen }) => {
        const error = await failure(session.getBlob('team-a/app', wanted, patience()));
        assert.equal(error.failureCause, 'configuration');
        assert.match(error.message, /more than 3 redirects/);
        assert.deepEqual(
          seen.filter(({ url }) => url.startsWith('/hop')).map(({ url }) => url),
          ['/hop/1', '/hop/2', '/hop/3'],
        );
      },
    ));

  for (const location of [
    'http://storage.test/blob',
    'file:///etc/passwd',
    'http://127.0.0.1:1/',
  ]) {
    test(`to ${location} is not followed`, () =>
      meetAs(toThe(location), async (session) => {
        const error = await failure(session.getBlob('team-a/app', wanted, patience()));
        assert.equal(error.failureCause, 'configuration');
        assert.match(error.message, /https only/);
      }));
  }

  test('to http on this machine is followed where the registry is on this machine', async () => {
    const storage = createServer((_request, response) => response.end(BLOB));
    await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve));
    const { port } = storage.address() as AddressInfo;
    try {
      const local = `https://127.0.0.1`;
      await meetAs(
        (seen) =>
          seen.headers.authorization === undefined && seen.url === '/v2/'
            ? unauthorized(`Bearer realm="${local}/openshift/token"`)
            : toThe(`http://127.0.0.1:${port}/blob`)(seen),
        async (session) => {
          assert.deepEqual(await session.getBlob('team-a/app', wanted, patience()), wanted);
        },
        { origin: local },
      );
    } finally {
      storage.closeAllConnections();
      storage.close();
    }
  });

  for (const status of [401, 403, 404, 500]) {
    test(`whose storage says ${status} is a failure of the storage, and no refusal`, async () => {
      const storage = await stage(() => ({
        status,
        body: '<Error><Code>AccessDenied</Code><Sig>0123456789abcdef</Sig></Error>',
      }));
      try {
        const location = `https://127.0.0.1:${storage.port}/b?sig=0123456789abcdef`;
        await meetAs(toThe(location), async (session) => {
          const error = await failure(session.getBlob('team-a/app', wanted, patience()));
          assert.equal(error.failureCause, 'storage');
          assert.match(error.message, /AccessDenied/);
          assert.ok(!error.message.includes('0123456789abcdef'), error.message);
        });
      } finally {
        await storage.close();
      }
    });
  }

  test('whose storage has a certificate of somebody else is tls', async () => {
    const pair = await ca.leaf(['storage.test']);
    const storage = await stage(() => ({ status: 200, body: BLOB }), pair);
    try {
      await meetAs(toThe(`https://127.0.0.1:${storage.port}/b`), async (session) => {
        const error = await failure(session.getBlob('team-a/app', wanted, patience()));
        assert.equal(error.failureCause, 'tls');
        assert.equal(storage.seen.length, 0);
      });
    } finally {
      await storage.close();
    }
  });
});
