import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CANARY } from '../../src/registry/canary.ts';

const { config, layer, manifest } = CANARY;
function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

suite('the canary', () => {
  test('is the same image in every Purser: another would leave another Image behind', () => {
    assert.deepEqual(
      [layer.digest, config.digest, manifest.digest],
      [
        'sha256:5715ced995c3877af0a4b228e254d86146cf9c9c2384b1709bf34a56c4c09ef2',
        'sha256:7bcfcc98b0367ea29c4188c8db587a43559bbb8093449505faf97a65596c75a3',
        'sha256:6d747bf00ae81c8a8be4bc8d9caec302dd7ede5238b128ced5d63ad2cd5ac1d7',
      ],
    );
  });

  test('is less than 1 kB in all', () => {
    const blobs = [config, layer, manifest];
    for (const { bytes, digest, size } of blobs) {
      assert.equal(size, bytes.length);
      assert.equal(digest, sha256(bytes));
    }
    assert.ok(blobs.reduce((sum, { size }) => sum + size, 0) < 1000);
  });

  test('is an image whose parts fit each other', () => {
    const read = JSON.parse(Buffer.from(manifest.bytes).toString());
    assert.equal(read.mediaType, manifest.mediaType);
    assert.deepEqual([read.config.digest, read.config.size], [config.digest, config.size]);
    assert.deepEqual([read.layers[0].digest, read.layers[0].size], [layer.digest, layer.size]);
    const { rootfs } = JSON.parse(Buffer.from(config.bytes).toString());
    assert.deepEqual(rootfs.diff_ids, [sha256(gunzipSync(layer.bytes))]);
    assert.match(gunzipSync(layer.bytes).subarray(512, 600).toString(), /^Purser tries out pushes/);
  });
});
