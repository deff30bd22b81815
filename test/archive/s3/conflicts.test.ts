import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createS3Archive } from '../../../src/archive/s3/archive.ts';
import { KEPT, refused, setAws, startStore } from './fake-store.ts';
import type { Reply } from './fake-store.ts';

const CONFLICT = refused(409, 'ConditionalRequestConflict');
const TAKEN = refused(412, 'PreconditionFailed');
const MISSING: Reply = { status: 404 };

async function openWith(t: TestContext, ...replies: readonly [...Reply[], Reply]) {
  setAws(t, { AWS_ACCESS_KEY_ID: 'purser-test', AWS_SECRET_ACCESS_KEY: 'of-this-test' });
  const { asked, endpoint } = await startStore(t, ...replies);
  const place = { bucket: 'bundles', region: 'us-east-1', forcePathStyle: true };
  return { asked, archive: createS3Archive({ ...place, endpoint }) };
}

suite('a write of what must not be there yet', () => {
  test('that meets another one under way is tried again, and won where that came to nothing', async (t) => {
    const { asked, archive } = await openWith(t, CONFLICT, MISSING, CONFLICT, MISSING, KEPT);
    assert.equal(await archive.putNew('claim', 'x'), true);
    assert.deepEqual(asked, ['PUT *', 'HEAD -', 'PUT *', 'HEAD -', 'PUT *']);
  });

  test('that meets another one under way is lost where that has been kept', async (t) => {
    const { asked, archive } = await openWith(t, CONFLICT, KEPT);
    assert.equal(await archive.putNew('claim', 'x'), false);
    assert.deepEqual(asked, ['PUT *', 'HEAD -']);
  });

  test('is lost where the object is there', async (t) => {
    const { archive } = await openWith(t, TAKEN);
    assert.equal(await archive.putNew('claim', 'x'), false);
  });

  test('that meets others again and again may be made later', async (t) => {
    const rounds = Array.from({ length: 6 }, () => [CONFLICT, MISSING]).flat();
    const { archive } = await openWith(t, ...rounds, CONFLICT);
    await assert.rejects(archive.putNew('claim', 'x'), {
      type: 'Unreachable',
      message: /changed by others \(409 ConditionalRequestConflict no\)/,
    });
  });
});

test('a line is added anew to a text that was deleted after it was read', async (t) => {
  const text: Reply = { status: 200, body: 'one\n', headers: { etag: '"7"' } };
  const gone = refused(404, 'NoSuchKey');
  const { asked, archive } = await openWith(t, text, gone, gone, KEPT);
  await archive.append('lines', 'two');
  assert.deepEqual(asked, ['GET -', 'PUT "7"', 'GET -', 'PUT *']);
});

suite('a page that answers 200 in the place of a store', () => {
  const page: Reply = {
    status: 200,
    body: '<html>log in</html>',
    headers: { 'content-type': 'text/html' },
  };
  const signal = new AbortController().signal;

  for (const [what, act] of [
    ['keeps nothing', (archive) => archive.put('a', 'x')],
    ['keeps nothing new', (archive) => archive.putNew('a', 'x')],
    ['keeps no stream', (archive) => archive.write('a', one(), signal)],
    [
      'is no empty list',
      async (archive) => archive.list('a', signal)[Symbol.asyncIterator]().next(),
    ],
  ] as readonly (readonly [
    string,
    (archive: ReturnType<typeof createS3Archive>) => Promise<unknown>,
  ])[]) {
    test(what, async (t) => {
      const { archive } = await openWith(t, page);
      await assert.rejects(act(archive), {
        type: 'NotConfigured',
        message:
          /it is no S3 store, or something stands in front of it; check archive\.s3\.endpoint/,
      });
    });
  }

  test('with 404 is not the absence of an object', async (t) => {
    const { archive } = await openWith(t, { ...page, status: 404 });
    await assert.rejects(archive.read('a', signal), { type: 'NotConfigured' });
  });
});

async function* one(): AsyncIterable<Uint8Array> {
  yield Buffer.alloc(1024, 1);
}
