import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CANARY } from '../../../src/registry/canary.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import type { RegistrySession } from '../../../src/registry/session.ts';
import { inFrontOf, startDistribution } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import { failure } from '../failure-of.ts';
import { meetAs, patience } from '../play.ts';

const { config, layer, manifest } = CANARY;

async function push(session: RegistrySession, repository: string, tag: string): Promise<void> {
  for (const { bytes } of [config, layer]) await session.putBlob(repository, bytes, patience());
  await session.putManifest(repository, tag, manifest, patience());
}

suite('at a real registry', () => {
  let real: Distribution;
  before(async () => {
    real = await startDistribution();
  });
  after(() => real.stop());

  const as = (use: (session: RegistrySession) => Promise<void>): Promise<void> =>
    meetAs(inFrontOf(real), use);

  test('the canary is pushed, pulled by tag and by digest, and is the same', () =>
    as(async (session) => {
      const repository = 'team-a/purser-canary-1';
      await push(session, repository, 'v1');
      for (const reference of ['v1', manifest.digest]) {
        const got = await session.getManifest(repository, reference, patience());
        assert.deepEqual(Buffer.from(got.bytes), manifest.bytes);
        assert.equal(got.digest, manifest.digest);
        assert.ok(got.content.kind === 'image');
        for (const blob of [got.content.config, ...got.content.layers]) {
          const { digest, size } = await session.getBlob(repository, blob, patience());
          assert.deepEqual({ digest, size }, { digest: blob.digest, size: blob.size });
        }
      }
      assert.deepEqual(await session.listTags(repository, patience()), ['v1']);
    }));

  test('a second push of the same image is as good as the first', () =>
    as(async (session) => {
      await push(session, 'team-a/twice', 'v1');
      await push(session, 'team-a/twice', 'v2');
      const tags = await session.listTags('team-a/twice', patience());
      assert.deepEqual([...tags].sort(), ['v1', 'v2']);
    }));

  test('a push that is only tried is gone once it is cancelled, and may be cancelled again', () =>
    as(async (session) => {
      const upload = await session.startUpload('team-a/tried', patience());
      const uploads = join(real.root, 'docker/registry/v2/repositories/team-a/tried/_uploads');
      const [id = ''] = await readdir(uploads);
      assert.ok(upload.path.includes(id));
      assert.ok((await readdir(join(uploads, id))).includes('data'));
      await session.cancelUpload(upload, patience());
      // An empty folder of hash states stays: distribution 3.1.2 purges it after a week.
      assert.deepEqual(await readdir(join(uploads, id)), ['hashstates']);
      await session.cancelUpload(upload, patience());
    }));

  test('what is not there is not-found, in the words of the registry', () =>
    as(async (session) => {
      await push(session, 'team-a/there', 'v1');
      const stream = await failure(session.listTags('team-a/missing', patience()));
      assert.deepEqual([stream.failureCause, stream.code], ['not-found', 'NAME_UNKNOWN']);
      const tag = await failure(session.getManifest('team-a/there', 'v2', patience()));
      assert.deepEqual([tag.failureCause, tag.code], ['not-found', 'MANIFEST_UNKNOWN']);
      const missing = { digest: `sha256:${'0'.repeat(64)}`, size: 1 };
      const blob = await failure(session.getBlob('team-a/there', missing, patience()));
      assert.deepEqual([blob.failureCause, blob.code], ['not-found', 'BLOB_UNKNOWN']);
    }));

  test('a manifest without its blobs is refused', () =>
    as(async (session) => {
      const error = await failure(session.putManifest('team-a/none', 'v1', manifest, patience()));
      assert.equal(error.status, 400);
      assert.match(error.code ?? '', /^MANIFEST_(BLOB_UNKNOWN|INVALID)$/);
    }));

  test('bytes that rot in the storage are found', () =>
    as(async (session) => {
      await session.putBlob('team-a/rotten', Buffer.from('sound'), patience());
      const { digest, size } = await session.putBlob(
        'team-a/rotten',
        Buffer.from('rotten'),
        patience(),
      );
      const hex = digest.slice('sha256:'.length);
      const blobs = join(real.root, 'docker/registry/v2/blobs/sha256');
      await writeFile(join(blobs, hex.slice(0, 2), hex, 'data'), 'rotted');
      const error = await failure(session.getBlob('team-a/rotten', { digest, size }, patience()));
      assert.equal(error.failureCause, 'storage');
    }));

  test('a storage that takes nothing is storage', () =>
    as(async (session) => {
      // A file where the registry wants a folder: as root, the tests may write where others may not.
      const place = join(real.root, 'docker/registry/v2/repositories/broken');
      await writeFile(place, '');
      const error = await failure(session.startUpload('broken/app', patience()));
      await rm(place);
      assert.equal(error.failureCause, 'storage', error.message);
      assert.equal(error.status, 500);
    }));

  test('that lets everybody in a login is refused, for it would prove nothing', async () => {
    const registry = createRegistry({ origin: `http://127.0.0.1:${real.port}`, allowHttp: true });
    try {
      assert.deepEqual(await registry.challenge(patience()), { kind: 'open' });
      const error = await failure(registry.login('x', { account: 'alice' }, patience()));
      assert.equal(error.failureCause, 'configuration');
      const reach = await registry.inspect(patience());
      assert.equal(reach.failure, undefined);
      assert.equal(reach.tls, undefined);
    } finally {
      await registry.close();
    }
  });
});

test('a real registry that is read-only takes no push: storage', async () => {
  const real = await startDistribution({
    REGISTRY_STORAGE_MAINTENANCE_READONLY: '{enabled: true}',
  });
  try {
    await meetAs(inFrontOf(real), async (session) => {
      const error = await failure(session.startUpload('team-a/app', patience()));
      assert.deepEqual([error.failureCause, error.status], ['storage', 405]);
      assert.match(error.message, /read-only/);
    });
  } finally {
    await real.stop();
  }
});

test('at a real registry with Basic authentication a right password works and a wrong one does not', async () => {
  const real = await startDistribution({
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_REALM: 'plain',
    // Missing: the registry makes it, with a password that it logs.
    REGISTRY_AUTH_HTPASSWD_PATH: 'users',
  });
  const registry = createRegistry({ origin: `http://127.0.0.1:${real.port}`, allowHttp: true });
  try {
    assert.deepEqual(await registry.challenge(patience()), { kind: 'basic' });
    const wrong = await failure(registry.login('wrong', { account: 'docker' }, patience()));
    assert.equal(wrong.failureCause, 'unauthorized');
    assert.ok(!wrong.message.includes('wrong'));
    const password = real.log.map((line) => /password=(\S+)/.exec(line)?.[1]).find(Boolean);
    assert.ok(password, real.log.join('\n'));
    const session = await registry.login(password, { account: 'docker' }, patience());
    await push(session, 'team-a/app', 'v1');
    assert.deepEqual(await session.listTags('team-a/app', patience()), ['v1']);
  } finally {
    await registry.close();
    await real.stop();
  }
});
