import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetConfigSchema } from '../../src/config/schema.ts';

const WRONG = [
  ['900', /is not a duration; write a number and s, m, h, d or w/],
  ['0s', /is not a duration/],
  ['2d', /must be at most a day/],
] as const;

for (const [patience, message] of WRONG) {
  test(`a patience of ${patience} is refused`, () => {
    const { error } = targetConfigSchema.safeParse({ patience });
    assert.match(error?.issues[0]?.message ?? '', message);
  });
}

test('patience may be seconds or a day', () => {
  for (const patience of ['5s', '1h30m', '1d']) {
    assert.equal(targetConfigSchema.parse({ patience }).patience, patience);
  }
});
