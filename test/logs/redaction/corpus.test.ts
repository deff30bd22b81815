import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { withoutSecrets } from '../../../src/domain/redact/redact-lines.ts';
import { planted } from './planted.ts';

// The corpus grows: a line that was found wrong is added to it, and neither list may lose one.
const SECRETS_AT_LEAST = 500;
const ORDINARY_AT_LEAST = 500;
const TIMES = ['', '2026-11-23T10:58:14.437217658Z ', '2026-11-23T11:58:14.4372+01:00 '];

function linesOf(name: string) {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '));
}

function redact(line: string): string {
  return createRedactor()
    .block(Buffer.from(`${line}\n`))
    .toString('utf8')
    .slice(0, -1);
}

function plain(text: string) {
  return text.replaceAll(/\[REDACTED:[a-z-]+\]/g, '[REDACTED]');
}

test('every secret of the corpus is removed, and nothing else of its line', (t) => {
  const lines = linesOf('secret.txt');
  const wrong = lines.flatMap((line) => {
    const { text, expected } = planted(line);
    return TIMES.flatMap((time) => {
      const result = redact(time + text);
      return plain(result) === time + expected ? [] : [`${time}${line}\n    became ${result}`];
    }).slice(0, 1);
  });
  t.diagnostic(`secrets: ${lines.length - wrong.length} of ${lines.length} lines`);
  assert.deepEqual(wrong, []);
  assert.ok(lines.length >= SECRETS_AT_LEAST, `${lines.length} lines`);
});

test('every ordinary line of the corpus stays byte for byte', (t) => {
  const lines = linesOf('ordinary.txt');
  const wrong = lines.flatMap((line) => {
    const changed = TIMES.map((time) => redact(time + line).slice(time.length));
    return changed.every((each) => each === line) ? [] : [`${line}\n    became ${changed[1]}`];
  });
  t.diagnostic(`ordinary: ${lines.length - wrong.length} of ${lines.length} lines`);
  assert.deepEqual(wrong, []);
  assert.ok(lines.length >= ORDINARY_AT_LEAST, `${lines.length} lines`);
});

test('the search for suspect lines misses no line that a close check would change', () => {
  for (const line of linesOf('secret.txt').map((each) => planted(each).text)) {
    assert.equal(
      redact(line),
      Buffer.from(withoutSecrets(Buffer.from(line).toString('latin1')), 'latin1').toString(),
    );
  }
});
