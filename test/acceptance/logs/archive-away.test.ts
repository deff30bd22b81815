import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { createS3Archive } from '../../../src/archive/s3/archive.ts';
import { MANIFEST, parseManifest } from '../../../src/logs/manifest.ts';
import { KEYS, startGateway } from '../../archive/s3/versitygw.ts';
import { halfBundles, numbersOf, range, readBundles } from '../support/bundles.ts';
import { assertFails, gapsOf, openLogEnvironment } from '../support/log-environment.ts';
import type { LogEnvironment } from '../support/log-environment.ts';
import { illnesses } from '../support/failing-folder.ts';
import { openStage } from '../support/pod-log.ts';

// What may pass is tried again for a minute and a half: the stories wait for that side by side.
describe('an archive that cannot be written to', { concurrency: 3 }, () => {
  let environment: LogEnvironment;
  let top: string;
  before(async () => {
    environment = await openLogEnvironment();
    top = mkdtempSync(path.join(tmpdir(), 'purser-archive-'));
    process.env['AWS_ACCESS_KEY_ID'] = KEYS.access;
    process.env['AWS_SECRET_ACCESS_KEY'] = KEYS.secret;
  });
  after(async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    await environment.close();
    rmSync(top, { recursive: true });
  });

  test('because a file stands in its place fails the collection at once, and the next one catches up', async () => {
    const pod = await openStage(environment, 1);
    const folder = path.join(top, 'taken');
    const target = await environment.serveLogs(environment.of(pod), { folder });
    pod.say(1, 50);
    await environment.collect(target);
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, '');
    pod.say(51, 70);
    await assertFails(
      environment.collect(target),
      'NotConfigured',
      /archive .*taken: could not .*there is a file in place of a folder: check archive\.folder/,
    );
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    pod.say(71, 80);
    assert.equal((await environment.collect(target)).lines, 30);
    const bundles = readBundles(folder, target);
    assert.deepEqual(numbersOf(bundles, pod.name), range(1, 80));
    assert.deepEqual([gapsOf(bundles), halfBundles(folder, target)], [[], []]);
  });

  for (const { name, type, says, open } of illnesses()) {
    test(`because ${name} says so, seals nothing, and the next collection catches up`, async (t) => {
      const pod = await openStage(environment, 2, 3_600_000);
      const sick = open();
      t.after(() => sick.remove());
      const { folder } = sick;
      const target = await environment.serveLogs(environment.of(pod), { folder });
      pod.say(1, 50);
      await environment.collect(target);
      sick.spoil(`logs/${target}`);
      pod.write(unpackable(pod.name, 51, 4_000));
      await assertFails(environment.collect(target), type, says);
      assert.equal(readBundles(folder, target).length, 1);
      assert.deepEqual(halfBundles(folder, target), []);
      sick.heal(`logs/${target}`);
      pod.say(4_001, 4_010);
      assert.equal((await environment.collect(target)).lines, 3_960);
      const bundles = readBundles(folder, target);
      assert.deepEqual(numbersOf(bundles, pod.name), range(1, 4_010));
      assert.deepEqual(gapsOf(bundles), []);
    });
  }

  test("because the bucket's server is away says so, and the next collection catches up", async (t) => {
    const pod = await openStage(environment, 3);
    const gateway = await startGateway();
    t.after(() => gateway.close());
    const s3 = {
      bucket: 'bundles',
      region: 'us-east-1',
      endpoint: gateway.endpoint,
      forcePathStyle: true,
    };
    const target = await environment.serveLogs(environment.of(pod), { s3 });
    pod.say(1, 50);
    await environment.collect(target);
    await gateway.stop();
    pod.say(51, 70);
    await assertFails(
      environment.collect(target),
      'Unreachable',
      /archive s3:\/\/bundles: could not .*: it does not answer: check archive\.s3\.endpoint/,
    );
    await gateway.start();
    pod.say(71, 80);
    assert.equal((await environment.collect(target)).lines, 30);
    const archive = createS3Archive(s3);
    const signal = AbortSignal.timeout(60_000);
    const sealed: number[] = [];
    const folders = new Set<string>();
    for await (const { key } of archive.list(`logs/${target}/`, signal)) {
      folders.add(path.posix.dirname(key));
      if (!key.endsWith(MANIFEST)) continue;
      const content = await archive.read(key, signal);
      assert.ok(content);
      const { sources } = parseManifest(await text(content), key);
      sealed.push(...sources.map(({ lines }) => lines).filter((lines) => lines > 0));
      assert.deepEqual(
        sources.flatMap(({ gaps }) => gaps),
        [],
      );
    }
    assert.deepEqual(sealed, [50, 30]);
    assert.equal(folders.size, 2);
  });
});

/** Lines that stay long however they are compressed. */
function unpackable(pod: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const hash = createHash('sha512').update(String(index)).digest('hex');
    return `line ${from + index} of ${pod} ${hash}`;
  });
}
