import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { CANARY } from '../../src/registry/canary.ts';
import type { RegistrySession } from '../../src/registry/session.ts';
import { failure } from './failure-of.ts';
import { json, meetAs, patience } from './play.ts';
import type { Part, Reply } from './play.ts';

const REPOSITORY = 'team-a/app';
const { manifest, layer, config } = CANARY;
const OTHER = `sha256:${'0'.repeat(64)}`;
const SHA512 = `sha512:${createHash('sha512').update(manifest.bytes).digest('hex')}`;

function onRepository(reply: Reply): Part {
  return ({ url }) => (url.startsWith('/v2/team-a') ? reply : undefined);
}
function sent(
  body: string | Uint8Array,
  digest?: string,
  type: string = manifest.mediaType,
): Reply {
  return {
    status: 200,
    headers: {
      'content-type': type,
      ...(digest === undefined ? {} : { 'docker-content-digest': digest }),
    },
    body,
  };
}
function pull(session: RegistrySession, reference: string): Promise<unknown> {
  return session.getManifest(REPOSITORY, reference, patience());
}

suite('a manifest', () => {
  test('of an image comes with its bytes, digest and content', () =>
    meetAs(onRepository(sent(manifest.bytes, manifest.digest)), async (session, { seen }) => {
      const got = await session.getManifest(REPOSITORY, 'v1', patience());
      assert.deepEqual(Buffer.from(got.bytes), manifest.bytes);
      assert.equal(got.digest, manifest.digest);
      assert.equal(got.mediaType, manifest.mediaType);
      assert.ok(got.content.kind === 'image');
      assert.equal(got.content.config.digest, config.digest);
      assert.deepEqual(
        got.content.layers.map(({ digest, size }) => ({ digest, size })),
        [{ digest: layer.digest, size: layer.size }],
      );
      assert.match(
        seen.at(-1)?.headers.accept ?? '',
        /oci\.image\.manifest\.v1\+json.*oci\.image\.index/,
      );
    }));

  test('of several platforms comes as an index', () => {
    const type = 'application/vnd.oci.image.index.v1+json';
    const entry = { mediaType: manifest.mediaType, digest: manifest.digest, size: 7 };
    const body = JSON.stringify({ schemaVersion: 2, manifests: [{ ...entry, platform: {} }] });
    return meetAs(
      onRepository(sent(body, undefined, `${type}; charset=utf-8`)),
      async (session) => {
        const { mediaType, content } = await session.getManifest(REPOSITORY, 'v1', patience());
        assert.equal(mediaType, type);
        assert.deepEqual(content, { kind: 'index', manifests: [entry] });
      },
    );
  });

  test('is compared by the algorithm that it is asked for by', () =>
    meetAs(onRepository(sent(manifest.bytes)), async (session) => {
      const got = await session.getManifest(REPOSITORY, SHA512, patience());
      assert.equal(got.digest, SHA512);
    }));

  const table: readonly (readonly [string, string, Reply, string, RegExp])[] = [
    [
      'that is not what its header says',
      'v1',
      sent(manifest.bytes, OTHER),
      'storage',
      /in place of sha256:000/,
    ],
    [
      'that is not what was asked for',
      OTHER,
      sent(manifest.bytes, manifest.digest),
      'storage',
      /in place of sha256:000/,
    ],
    [
      'cut short',
      'v1',
      sent(manifest.bytes.subarray(1), manifest.digest),
      'storage',
      /in place of/,
    ],
    [
      'with a digest of nonsense',
      'v1',
      sent(manifest.bytes, 'nonsense'),
      'storage',
      /in place of nonsense/,
    ],
    ['that is no JSON', 'v1', sent('not JSON'), 'configuration', /does not follow the protocol/],
    ['without layers', 'v1', sent('{"config":{}}'), 'configuration', /protocol/],
    [
      'whose layer has an odd digest',
      'v1',
      sent(JSON.stringify({ config: { mediaType: 'x', digest: '../..', size: 1 }, layers: [] })),
      'configuration',
      /config\.digest/,
    ],
    [
      'with a negative size',
      'v1',
      sent(JSON.stringify({ config: { mediaType: 'x', digest: OTHER, size: -1 }, layers: [] })),
      'configuration',
      /config\.size/,
    ],
    [
      'of a type that nobody asked for',
      'v1',
      sent('{}', undefined, 'application/vnd.docker.distribution.manifest.v1+prettyjws'),
      'configuration',
      /prettyjws/,
    ],
    [
      'of 5 MiB',
      'v1',
      sent(Buffer.alloc(5 * 1024 * 1024)),
      'configuration',
      /longer than 4194304 bytes/,
    ],
  ];
  for (const [name, reference, reply, cause, message] of table) {
    test(`${name} is ${cause}`, () =>
      meetAs(onRepository(reply), async (session) => {
        const error = await failure(pull(session, reference));
        assert.equal(error.failureCause, cause, error.message);
        assert.match(error.message, message);
      }));
  }
});

suite('a blob', () => {
  test('is measured', () =>
    meetAs(onRepository({ status: 200, body: layer.bytes }), async (session) => {
      const got = await session.getBlob(REPOSITORY, layer, patience());
      assert.deepEqual(got, { digest: layer.digest, size: layer.size });
    }));

  test('of 64 MiB is measured without being kept', () => {
    const piece = Buffer.alloc(1024 * 1024, 7);
    const hash = createHash('sha256');
    for (let i = 0; i < 64; i += 1) hash.update(piece);
    const wanted = { digest: `sha256:${hash.digest('hex')}`, size: 64 * piece.length };
    return meetAs(
      onRepository((response) => {
        let left = 64;
        const more = (): void => {
          while (left > 0) {
            left -= 1;
            if (!response.write(piece)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      }),
      async (session) => {
        const before = process.memoryUsage().arrayBuffers;
        assert.deepEqual(await session.getBlob(REPOSITORY, wanted, patience()), wanted);
        const grown = process.memoryUsage().arrayBuffers - before;
        assert.ok(grown < 48 * 1024 * 1024, `${grown} bytes more`);
      },
    );
  });

  const table: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['that is truncated', layer.bytes.subarray(0, -1), /130 bytes in place of the 131/],
    ['that is too long', Buffer.concat([layer.bytes, Buffer.from('x')]), /more than the 131 bytes/],
    [
      'with one wrong byte',
      Buffer.from(layer.bytes).fill(0, 50, 51),
      /digest is sha256:.* in place of/,
    ],
    ['that is empty', Buffer.alloc(0), /0 bytes in place of/],
  ];
  for (const [name, body, message] of table) {
    test(`${name} is storage`, () =>
      meetAs(onRepository({ status: 200, body }), async (session) => {
        const error = await failure(session.getBlob(REPOSITORY, layer, patience()));
        assert.equal(error.failureCause, 'storage');
        assert.match(error.message, message);
      }));
  }
});

suite('a push', () => {
  const upload = '/v2/team-a/app/blobs/uploads/1';
  const taking = (done: Reply): Part => {
    return ({ method, url }) => {
      if (!url.startsWith('/v2/team-a')) return undefined;
      if (method === 'PUT') return done;
      return { status: method === 'DELETE' ? 204 : 202, headers: { location: upload } };
    };
  };

  test('of a manifest gives its digest', () =>
    meetAs(
      onRepository({ status: 201, headers: { 'docker-content-digest': manifest.digest } }),
      async (session, { seen }) => {
        const got = await session.putManifest(REPOSITORY, 'v1', manifest, patience());
        assert.deepEqual(got, { digest: manifest.digest });
        assert.equal(seen.at(-1)?.headers['content-type'], manifest.mediaType);
        assert.deepEqual(seen.at(-1)?.body, manifest.bytes);
      },
    ));

  test('of a manifest that is stored as another is storage', () =>
    meetAs(
      onRepository({ status: 201, headers: { 'docker-content-digest': OTHER } }),
      async (session) => {
        const error = await failure(session.putManifest(REPOSITORY, 'v1', manifest, patience()));
        assert.equal(error.failureCause, 'storage');
      },
    ));

  test('of a blob that is stored as another is storage', () =>
    meetAs(
      taking({ status: 201, headers: { 'docker-content-digest': OTHER } }),
      async (session) => {
        const error = await failure(session.putBlob(REPOSITORY, layer.bytes, patience()));
        assert.equal(error.failureCause, 'storage');
      },
    ));

  test('of a blob that is refused at its end is cancelled, and its failure is what is told', () =>
    meetAs(
      taking(json(400, { errors: [{ code: 'DIGEST_INVALID', message: 'no match' }] })),
      async (session, { seen }) => {
        const error = await failure(session.putBlob(REPOSITORY, layer.bytes, patience()));
        assert.equal(error.code, 'DIGEST_INVALID');
        assert.equal(error.tried.method, 'PUT');
        assert.equal(seen.at(-1)?.method, 'DELETE');
      },
    ));

  test('that is only tried leaves nothing', () =>
    meetAs(taking({ status: 500 }), async (session, { seen }) => {
      await session.cancelUpload(await session.startUpload(REPOSITORY, patience()), patience());
      assert.deepEqual(
        seen.slice(-2).map(({ method, url }) => `${method} ${url}`),
        ['POST /v2/team-a/app/blobs/uploads/', `DELETE ${upload}`],
      );
    }));
});

suite('the metrics', () => {
  const TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
  const served = (type: string | undefined, body: string | Uint8Array): Part => {
    return ({ url }) =>
      url === '/extensions/v2/metrics'
        ? { status: 200, headers: type === undefined ? {} : { 'content-type': type }, body }
        : undefined;
  };

  test('come as text', () =>
    meetAs(served(TYPE, 'up 1\n'), async (session) => {
      assert.equal(await session.metrics(patience()), 'up 1\n');
    }));

  for (const [name, part] of [
    ['as HTML', served('text/html', '<html>')],
    ['as JSON', served('application/json', '{}')],
    ['in another version', served('text/plain; version=1.0.0', 'up 1\n')],
    ['without a type', served(undefined, 'up 1\n')],
    ['of more than 16 MiB', served(TYPE, Buffer.alloc(16 * 1024 * 1024 + 1, '\n'))],
  ] as const) {
    test(`${name} are configuration`, () =>
      meetAs(part, async (session) => {
        assert.equal((await failure(session.metrics(patience()))).failureCause, 'configuration');
      }));
  }

  test('that are switched off are no missing right', () =>
    meetAs(
      () => undefined,
      async (session) => {
        const error = await failure(session.metrics(patience()));
        assert.equal(error.failureCause, 'configuration');
        assert.match(error.message, /or it does not serve this path/);
      },
    ));
});

test('the tags come in the order of the registry', () =>
  meetAs(onRepository(json(200, { name: REPOSITORY, tags: ['b', 'a'] })), async (session) => {
    assert.deepEqual(await session.listTags(REPOSITORY, patience()), ['b', 'a']);
  }));
