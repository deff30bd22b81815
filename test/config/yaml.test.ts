import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';

test('a merge key takes what another target has, but for what is said itself', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-config-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'purser.yaml');
  const targets =
    'targets:\n  east: &east { context: east, patience: 2m }\n  west: { <<: *east, context: west }\n';
  writeFileSync(file, targets);
  const { west } = loadConfig(file, () => undefined).config.targets;
  assert.deepEqual([west?.context, west?.patience], ['west', '2m']);
});

for (const [what, text] of [
  [
    'archive.s3.endpoint',
    'archive: { s3: { bucket: bbb, endpoint: "https://me:hunter2@s3.test" } }',
  ],
  ['temporal.ui', 'temporal: { ui: "https://me:hunter2@ui.test" }'],
] as const) {
  test(`a password in ${what} is refused, and not shown`, (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'purser-config-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'purser.yaml');
    writeFileSync(file, `targets: { prod: {} }\n${text}\n`);
    const [, field] = what.split(/\.(?=\w+$)/);
    assert.throws(
      () => loadConfig(file, () => undefined),
      (error) =>
        error instanceof Error &&
        error.message.includes(`its ${field} holds a user name or a password`) &&
        !error.message.includes('hunter2'),
    );
  });
}
