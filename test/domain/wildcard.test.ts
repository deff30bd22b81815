import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesWildcard, wildcardMatcher } from '../../src/domain/wildcard.ts';

/** A pattern, what it fits, and what it does not. */
const PATTERNS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['team-a', ['team-a'], ['team-ab', 'xteam-a', '']],
  ['*', ['', 'team-a', 'two\nlines'], []],
  ['team-*', ['team-', 'team-a'], ['team', 'a-team-']],
  ['*-ci', ['-ci', 'team-a-ci'], ['ci', 'team-ci-']],
  ['a*a', ['aa', 'aba', 'aaa'], ['a', 'ab']],
  ['*b*c*', ['bc', 'xbxcx'], ['cb', 'b']],
  ['**', ['', 'x'], []],
  ['a.c', ['a.c'], ['abc']],
  ['(a|b)+$', ['(a|b)+$'], ['a', 'b']],
];

test('a `*` stands for any characters, and everything else for itself', () => {
  for (const [pattern, fits, fitsNot] of PATTERNS) {
    for (const text of fits) assert.ok(matchesWildcard(pattern, text), `${pattern} on ${text}`);
    for (const text of fitsNot) assert.ok(!matchesWildcard(pattern, text), `${pattern} on ${text}`);
  }
});

test('no pattern fits any text', () => assert.ok(wildcardMatcher(undefined)('anything')));

test('a pattern of many stars on a long text that almost fits costs little', () => {
  const pattern = `${'*a'.repeat(200)}b`;
  assert.equal(matchesWildcard(pattern, 'a'.repeat(100_000)), false);
});
