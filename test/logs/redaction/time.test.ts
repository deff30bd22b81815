import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { PIECES, randomPieces } from './pieces.ts';
import { planted } from './planted.ts';

// What a stranger sends is in the log, so none of it may take longer by the byte than the rest. It is
// compared with itself: four times the length may take some four times as long, and never sixteen times.
const SHORT = 32 * 1024;
const TIMES = 4;
const RATIO_AT_MOST = 9;
/** Below this a measurement says nothing, and nobody waits for it. */
const NOTHING_MS = 15;

/** Of CPU time, as little as it takes: what else the machine does only adds. */
function millisecondsOf(line: string, tries: number): number {
  const block = Buffer.from(`${line}\n`);
  let best = Infinity;
  for (let count = 0; count < tries; count += 1) {
    const redactor = createRedactor();
    const began = process.cpuUsage();
    redactor.block(block);
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

function repeated(text: string, length: number) {
  return `password ${text.repeat(Math.ceil(length / text.length)).slice(0, length)}`;
}

function assertLinear(text: string): void {
  const long = millisecondsOf(repeated(text, SHORT * TIMES), 1);
  if (long < NOTHING_MS) return;
  for (let tries = 2; ; tries += 2) {
    const ratio =
      millisecondsOf(repeated(text, SHORT * TIMES), tries) /
      millisecondsOf(repeated(text, SHORT), tries);
    if (ratio <= RATIO_AT_MOST) return;
    assert.ok(
      tries < 12,
      `${JSON.stringify(text)}: ${TIMES} times the length takes ${ratio.toFixed(1)} times as long`,
    );
  }
}

test('no repeated text takes longer for each byte: each piece of a secret', () => {
  for (const piece of PIECES) assertLinear(piece);
});

// All 11,000 take minutes; one in eighteen is tried each time, always the same.
test('no two pieces do', () => {
  const share = process.env['PURSER_FUZZ'] === 'all' ? 1 : 18;
  for (const [row, first] of PIECES.entries()) {
    for (const [column, second] of PIECES.entries()) {
      if ((row + 2 * column) % share === 0) assertLinear(first + second);
    }
  }
});

test('no random pieces do', () => {
  for (const text of randomPieces(400)) assertLinear(text);
});

test('no line of the corpus does, repeated in one line', () => {
  const lines = readFileSync(new URL('secret.txt', import.meta.url), 'utf8').split('\n');
  for (const line of lines.filter((each) => each !== '')) assertLinear(`${planted(line).text} `);
});

test('a line that once blocked a worker is done at once: thousands of backslashes beside a token', () => {
  for (const line of [
    `token=${'\\'.repeat(100_000)}`,
    `${'\\'.repeat(100_000)}"token":`,
    `{"token":"${'\\'.repeat(100_000)}`,
  ]) {
    assertLinear(line);
    assert.ok(millisecondsOf(`${line} token=`, 3) < 1_000);
  }
});

test('text that is nested or repeated very often is done at once, and throws nothing', () => {
  for (const line of [
    `password:${'StringSource{value:'.repeat(20_000)}`,
    `curl ${'[-u=a:'.repeat(40_000)}`,
    `curl ${'[-u=a:-'.repeat(40_000)}`,
  ]) {
    assertLinear(line);
    assert.ok(millisecondsOf(line, 3) < 1_000);
  }
});
