import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCsv } from '../../src/cli/logs/display/csv.ts';
import { formatBytes } from '../../src/logs/model/size.ts';
import { formatTable } from '../../src/cli/display/table.ts';

const CELLS: readonly (readonly [string | number, string])[] = [
  ['plain', 'plain'],
  [42, '42'],
  [-1, '-1'],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\nlines', '"two\nlines"'],
  ['\u001b]0;title\u0007\u009b2J', '\\u{1b}]0;title\\u{7}\\u{9b}2J'],
  [' blank', '" blank"'],
  ['=1+1', "'=1+1"],
  ['+cmd', "'+cmd"],
  ['-cmd', "'-cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=a,"b"', `"'=a,""b"""`],
];

for (const [value, expected] of CELLS) {
  test(`the CSV cell of ${JSON.stringify(value)} is ${JSON.stringify(expected)}`, () => {
    assert.equal(formatCsv(['head'], [[value]]), `head\n${expected}\n`);
  });
}

const SIZES: readonly (readonly [number, string])[] = [
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [1024 ** 2 * 300, '300 MiB'],
];

for (const [bytes, expected] of SIZES) {
  test(`${bytes} bytes are shown as ${expected}`, () => assert.equal(formatBytes(bytes), expected));
}

test('a table may have more rows than a call has arguments', () => {
  const rows = Array.from({ length: 200_000 }, () => ['x']);
  assert.equal(formatTable(['A'], rows).split('\n').length, 200_001);
});
