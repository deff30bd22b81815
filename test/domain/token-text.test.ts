import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdsToken, withoutTokens } from '../../src/domain/inputs/token-text.ts';

const JWT = `eyJ${'h'.repeat(12)}.${'p'.repeat(12)}.${'s-_'.repeat(5)}`;
const OPAQUE = `sha256~${'aB3_-'.repeat(8)}xyz`;

for (const text of [OPAQUE, JWT, `take ${JWT}, please`, `x${OPAQUE}y`, `token.${JWT}`]) {
  test(`what looks like a token is found and taken out: ${text}`, () => {
    assert.equal(holdsToken(text), true);
    assert.equal(holdsToken(text), true, 'a second time, too');
    assert.equal(holdsToken(withoutTokens(text)), false);
    assert.match(withoutTokens(text), /\[removed\]/);
  });
}

for (const text of [
  'joins team-a',
  'sha256:abc',
  'sha256~short',
  'eyJhbGciOi.short.short',
  'a.b.c',
]) {
  test(`what does not is left alone: ${text}`, () => {
    assert.equal(holdsToken(text), false);
    assert.equal(withoutTokens(text), text);
  });
}

test('a text made to be slow is not', () => {
  const began = performance.now();
  assert.equal(holdsToken('eyJ'.repeat(500_000)), false);
  assert.equal(holdsToken('_eyJ.'.repeat(300_000)), false);
  assert.ok(performance.now() - began < 1_000);
});
