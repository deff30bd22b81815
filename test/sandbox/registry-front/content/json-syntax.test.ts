import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstBadByte } from '../../../../sandbox/registry-front/wire/json-syntax.ts';

/** The offset at which Go's decoder stops, as in a SyntaxError's Offset. */
const OFFSETS: readonly (readonly [string, number | undefined])[] = [
  ['{}', undefined],
  [' [1, -2.5e3, "a\\u00e9", true, null, {"b": []}] ', undefined],
  ['not JSON', 2],
  ['nullx', 5],
  ['{"a"garbage', 5],
  ['{"a":garbage', 6],
  ['{"a":1,}', 8],
  ['[1 2]', 4],
  ['"a\nb"', 3],
  ['{"a":', 5],
  ['', 0],
];

for (const [text, offset] of OFFSETS) {
  test(`the first wrong byte of ${JSON.stringify(text)} is number ${offset}`, () => {
    assert.equal(firstBadByte(text), offset);
  });
}
