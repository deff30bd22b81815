import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ArchiveEntry } from '../../../src/archive/archive.ts';
import { createS3Archive } from '../../../src/archive/s3/archive.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { KEYS, startGateway } from './versitygw.ts';
import type { Gateway } from './versitygw.ts';

const MIB = 1024 * 1024;
function never() {
  return new AbortController().signal;
}

describe('an archive in a bucket', () => {
  let gateway: Gateway;
  before(async () => {
    process.env['AWS_ACCESS_KEY_ID'] = KEYS.access;
    process.env['AWS_SECRET_ACCESS_KEY'] = KEYS.secret;
    gateway = await startGateway();
  });
  after(async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    await gateway.close();
  });
  const open = (prefix: string, bucket = 'bundles') =>
    createS3Archive({
      bucket,
      prefix,
      region: 'us-east-1',
      endpoint: gateway.endpoint,
      forcePathStyle: true,
    });

  test('keeps texts and streams of many parts, and hands them back as streams', async () => {
    const archive = open('streams');
    assert.equal(await archive.put('a/b.json', '{"ü":1}'), 's3://bundles/streams/a/b.json');
    assert.equal((await bytesOf(await archive.read('a/b.json', never()))).toString(), '{"ü":1}');
    await archive.write('a/long', parts(20), never());
    const long = await bytesOf(await archive.read('a/long', never()));
    assert.equal(long.length, 20 * MIB);
    assert.equal(long.at(-1), 19);
    assert.equal(await archive.read('a/none', never()), undefined);
  });

  test('keeps a text where there is nothing yet for one of many', async () => {
    const archive = open('claims');
    const texts = ['one', 'two', 'three', 'four'];
    const done = await Promise.all(texts.map((text) => archive.putNew('a', text)));
    const kept = (await bytesOf(await archive.read('a', never()))).toString();
    assert.deepEqual(
      texts.filter((_, index) => done[index]),
      [kept],
    );
    assert.equal(await archive.putNew('a', 'late'), false);
  });

  test('keeps nothing of a stream that breaks off, and blames the stream', async () => {
    const archive = open('broken');
    const broken = new Error('the node is gone');
    async function* breaking(): AsyncIterable<Uint8Array> {
      yield* parts(18);
      throw broken;
    }
    await assert.rejects(archive.write('a', breaking(), never()), broken);
    assert.equal(await archive.read('a', never()), undefined);
    assert.equal(await archive.sweep('', Date.now() + 60_000, never()), 0);
  });

  test('ends a write that is aborted, and keeps nothing', async () => {
    const archive = open('aborted');
    const stop = new AbortController();
    async function* endless(): AsyncIterable<Uint8Array> {
      for (let count = 0; ; count += 1) {
        if (count === 12) stop.abort(new Error('enough'));
        yield* parts(1);
      }
    }
    await assert.rejects(archive.write('a', endless(), stop.signal), /enough/);
    assert.deepEqual(await keysOf(archive.list('', never())), []);
  });

  test('adds each line once, by many writers at once too', async () => {
    const archive = open('lines');
    for (const line of ['one', 'two', 'two']) await archive.append('day.jsonl', line);
    assert.equal(
      (await bytesOf(await archive.read('day.jsonl', never()))).toString(),
      'one\ntwo\n',
    );
    const lines = ['a', 'b', 'c', 'd'];
    await Promise.all(lines.map((line) => open('lines').append('other.jsonl', line)));
    const kept = (await bytesOf(await archive.read('other.jsonl', never()))).toString();
    assert.deepEqual(kept.trimEnd().split('\n').toSorted(), lines);
  });

  test('lists by any prefix, sorted, and deletes', async () => {
    const archive = open('list');
    const keys = ['a-b', 'a.c/1', 'a/1', 'a/2/3', 'ab', 'b/1'];
    for (const key of keys) await archive.put(key, key);
    assert.deepEqual(await keysOf(archive.list('', never())), keys);
    assert.deepEqual(await keysOf(archive.list('a/', never())), ['a/1', 'a/2/3']);
    await archive.remove('a/1', never());
    await archive.remove('a/1', never());
    assert.deepEqual(await keysOf(archive.list('a/', never())), ['a/2/3']);
  });

  const failing = async (act: () => Promise<unknown>, type: string, message: RegExp) =>
    assert.rejects(act, (error: unknown) => {
      assert.ok(error instanceof PurserError, String(error));
      assert.equal(error.type, type);
      assert.match(error.message, message);
      assert.ok(!error.message.includes(KEYS.secret));
      return true;
    });

  test('says that there is no such bucket', () =>
    failing(
      () => open('x', 'nowhere').put('a', 'x'),
      'NotConfigured',
      /no such bucket: check archive\.s3/,
    ));

  test('says that the key is wrong', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'another';
    await failing(() => open('x').put('a', 'x'), 'Forbidden', /the secret key is wrong/);
    process.env['AWS_SECRET_ACCESS_KEY'] = KEYS.secret;
  });

  test('says that a server is away, and goes on once it is back', async () => {
    const archive = open('away');
    await gateway.stop();
    await failing(
      () => archive.put('a', 'x'),
      'Unreachable',
      /does not answer.*archive\.s3\.endpoint/,
    );
    await gateway.start();
    await archive.put('a', 'x');
  });
});

async function* parts(mib: number): AsyncIterable<Uint8Array> {
  for (let part = 0; part < mib; part += 1) yield Buffer.alloc(MIB, part);
}

async function bytesOf(content: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  assert.ok(content !== undefined);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keysOf(entries: AsyncIterable<ArchiveEntry>): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of entries) keys.push(key);
  return keys;
}
