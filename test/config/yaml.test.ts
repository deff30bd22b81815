import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { loadConfig } from '../../src/config/load.ts';
import { PurserError } from '../../src/domain/errors.ts';

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

/** A secret that nobody has put into quotes, as the YAML of it is read, and what is said of it. */
const UNQUOTED = [
  ['an alias', '*SEKRET99', 'line 2: an alias without an anchor before it'],
  ['an alias of itself', '&SEKRET99 [*SEKRET99]', 'line 2: an alias of something that contains it'],
  ['a tag', '!SEKRET99', 'line 2: a tag that is not known here'],
  ['a tag of a mapping', '!SEKRET99 {a: b}', 'line 2: a tag that is not known here'],
  ['an escape', '"\\SEKRET99"', 'line 2: it is not YAML (BAD_DQ_ESCAPE)'],
  ['a directive', '@SEKRET99', 'line 2: it is not YAML (BAD_SCALAR_START)'],
  ['a mapping in one line', 'SEKRET99: SEKRET99', 'line 2: it is not YAML (BLOCK_AS_IMPLICIT_KEY)'],
  ['a tag handle', '!SEKRET99!SEKRET99 a', 'line 2: it is not YAML (TAG_RESOLVE_FAILED)'],
  ['a merge of no mapping', '{<<: SEKRET99}', 'its aliases or merge keys (<<) cannot be resolved'],
] as const;

for (const [what, text, says] of UNQUOTED) {
  test(`a secret that reads as ${what} is refused by its line, and neither shown nor printed`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'purser-config-test-'));
    const warnings: Error[] = [];
    const hear = (warning: Error) => void warnings.push(warning);
    process.on('warning', hear);
    t.after(() => {
      process.off('warning', hear);
      rmSync(folder, { recursive: true });
    });
    const file = path.join(folder, 'purser.yaml');
    writeFileSync(file, `targets: { prod: {} }\ntoken: ${text}\n`);
    assert.throws(
      () => loadConfig(file, () => undefined),
      (error) => {
        assert.ok(error instanceof PurserError);
        assert.equal(error.type, 'NotConfigured');
        assert.ok(error.message.startsWith(`${file} cannot be read: ${says}`), error.message);
        assert.ok(!inspect(error).includes('SEKRET'), inspect(error));
        return true;
      },
    );
    await setImmediate();
    assert.deepEqual(warnings, []);
  });
}
