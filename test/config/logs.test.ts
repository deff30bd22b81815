import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { PurserError } from '../../src/domain/errors.ts';

/** A pattern that cannot be used, and what is said of it. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['is no regular expression', 'customer-(', /\[1\]: is no regular expression: .*group/],
  ['matches everywhere', 'x*', /\[1\]: matches an empty text: it would match everywhere/],
  ['is empty', '', /\[1\]: matches an empty text/],
  [
    'looks back at what it has found',
    '(a+)b\\1',
    /\[1\]: uses look-around or a back-reference.*write it without/,
  ],
  ['looks ahead', 'customer-(?!0)\\d+', /uses look-around or a back-reference/],
  ['is longer than a pattern is', 'x'.repeat(501), /is longer than 500 characters/],
  ['repeats too often', '(?:a?){300}b', /is too big \(603 steps, at most 500\): repeat less often/],
];

const TAKEN = [
  '(a+)+b',
  '(\\w*,){2,}',
  '(?i)customer-(?<number>\\d+)',
  '\\u00e9t\\u00e9',
  'customer-\\d+',
  'a{2,3}(b|c)+',
  '\\(x+\\)+',
  '[(a+)]+',
  '(?:Ä|ö)\\S+',
  'key-[A-Za-z0-9]{20,200}',
];

describe('logs.redact', () => {
  for (const [what, pattern, says] of REFUSED) {
    test(`with a pattern that ${what} is refused when the configuration is loaded`, () => {
      assert.throws(
        () => load(['fine-\\d+', pattern]),
        (error: unknown) => {
          assert.ok(error instanceof PurserError);
          assert.equal(error.type, 'NotConfigured');
          assert.match(error.message, /targets\.prod\.logs\.redact\[1\]: /);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }

  test('with patterns that can be used is taken as it is', () => {
    assert.deepEqual(load(TAKEN).config.targets['prod']?.logs.redact, TAKEN);
  });
});

function load(redact: readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-config-logs-'));
  try {
    const file = path.join(folder, 'purser.yaml');
    writeFileSync(file, stringify({ targets: { prod: { logs: { redact } } } }));
    return loadConfig(file, () => undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
