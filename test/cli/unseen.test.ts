import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJson } from '../../src/cli/display/json.ts';
import { cleaned } from '../../src/cli/logs/display/clean.ts';
import { formatCsv } from '../../src/cli/logs/display/csv.ts';
import { formatTable } from '../../src/cli/display/table.ts';
import { visible } from '../../src/domain/inputs/shown.ts';

/** What a client may send in a path, a user name or a User-Agent, to whoever looks at it in a terminal. */
const ATTACKS: Readonly<Record<string, string>> = {
  'a link (OSC 8)': '\u001b]8;;http://evil.example\u0007alice\u001b]8;;\u0007',
  'a link that ends with ST': '\u001b]8;;http://evil.example\u001b\\alice',
  'the clipboard (OSC 52)': '\u001b]52;c;cm0gLXJmIC8=\u0007',
  'the title (OSC 0)': '\u001b]0;all is well\u0007',
  'a clear screen (CSI)': '\u001b[2J\u001b[H',
  'a colour that hides (SGR)': '\u001b[8mhidden\u001b[0m',
  'what asks the terminal to answer (DSR, DCS)': '\u001b[6n\u001bP+q544e\u001b\\',
  'CSI, OSC, DCS and ST as one character each (C1)': '\u009b2J\u009d52;c;cm0=\u009c\u0090q\u009c',
  'all of C0 and C1 but line breaks': Array.from({ length: 0xa0 }, (_, code) => code)
    .filter((code) => (code < 0x20 || code > 0x7e) && code !== 0x0a)
    .map((code) => String.fromCodePoint(code))
    .join(''),
  'what writes over what was there': 'mallory\b\b\b\b\b\b\balice\rbob\u007f',
  'bidi overrides and isolates': 'a\u202eecila\u202c\u2066b\u2069\u061c\u200e\u200f',
  'what has no width': 'al\u200bi\u200dce\ufeff\u2060',
  'tags beyond 16 bits': 'alice\u{e0041}\u{e007f}',
  'lines of Unicode': 'one\u2028two\u2029three',
};

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
function without(staying: readonly string[], text: string) {
  return staying.reduce((left, each) => left.replaceAll(each, ''), text);
}

for (const [what, text] of Object.entries(ATTACKS)) {
  test(`${what}: nothing of it reaches a terminal`, () => {
    const line = cleaned(Buffer.from(text)).toString('utf8');
    assert.doesNotMatch(without(['\t'], line), UNSEEN);
    assert.match(line, /·/);
    assert.doesNotMatch(visible(text), UNSEEN);
    assert.doesNotMatch(formatTable(['USER'], [[text]]).replace('\n', ''), UNSEEN);
    const csv = formatCsv(['user'], [[text]]);
    assert.doesNotMatch(without(['\n', '\r', '\t'], csv), UNSEEN);
    const json = formatJson({ user: text });
    assert.doesNotMatch(without(['\n'], json), UNSEEN);
    assert.deepEqual(JSON.parse(json), { user: text });
  });
}

test('bytes that are no UTF-8 are no command in 8 bits either, nor are those of C1 in UTF-8', () => {
  for (const bytes of [
    [0x9b, 0x32, 0x4a],
    [0xc2, 0x9b, 0x32, 0x4a],
    [0x9d, 0x35, 0x32, 0x3b, 0x9c],
    // ESC written longer than UTF-8 allows.
    [0xc0, 0x9b, 0xe0, 0x80, 0x9b],
    [0xff, 0x90, 0xc2],
  ]) {
    const shown = cleaned(Buffer.from(bytes));
    assert.equal(shown.toString('utf8').isWellFormed(), true);
    assert.doesNotMatch(shown.toString('utf8'), UNSEEN);
    // In 8 bits: no C1 byte stands by itself, outside a character.
    assert.deepEqual(Buffer.from(shown.toString('utf8')), shown);
  }
});

test('what people write stays as it is', () => {
  const text = 'Zoë 李 Анна ツ 👍 "two words" tab\there';
  assert.equal(cleaned(Buffer.from(text)).toString('utf8'), text);
  assert.equal(formatTable(['A'], [['Zoë 李 👍']]), 'A\nZoë 李 👍');
  assert.equal(formatJson({ a: ['é', 1] }), JSON.stringify({ a: ['é', 1] }, null, 2));
});
