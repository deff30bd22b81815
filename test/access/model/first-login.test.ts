import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs, formatDuration } from '../../../src/domain/duration.ts';
import {
  providerOf,
  remindersOf,
  strangers,
  waitSchema,
} from '../../../src/access/model/first-login.ts';

const REMINDERS = [
  ['1s', ['1s']],
  ['10m', ['10m']],
  ['1h', ['50m', '1h']],
  ['7d', ['1h', '6h', '1d', '2d', '4d', '6d', '6d23h', '6d23h', '7d']],
  ['30d', ['1h', '6h', '1d', '2d', '4d', '8d', '16d', '29d', '29d23h', '29d23h', '30d']],
] as const;

for (const [wait, expected] of REMINDERS) {
  test(`a wait of ${wait} is reminded of after ${expected.join(', ')}`, () => {
    assert.deepEqual(
      remindersOf(durationMs(wait)).map((ms) => formatDuration(ms)),
      expected,
    );
  });
}

test('reminders come in order, never twice, and end with the deadline', () => {
  for (const wait of ['1s', '19m', '20m', '59m', '2h', '11h', '2d', '16d', '33d', '90d']) {
    const ms = durationMs(wait);
    const times = remindersOf(ms);
    assert.deepEqual(
      [...new Set(times)].toSorted((a, b) => a - b),
      times,
      wait,
    );
    assert.equal(times.at(-1), ms);
  }
});

const WAITS = [
  ['7d', undefined],
  ['90d', undefined],
  ['91d', /the most is 90d/],
  ['2161h', /the most is 90d/],
  ['soon', /is not a duration; write a number and s, m, h, d or w/],
] as const;

for (const [wait, says] of WAITS) {
  test(`a wait of ${wait} is ${says === undefined ? 'fine' : 'refused, once'}`, () => {
    const issues = waitSchema.safeParse(wait).error?.issues ?? [];
    assert.equal(issues.length, says === undefined ? 0 : 1);
    if (says !== undefined) assert.match(issues[0]?.message ?? '', says);
  });
}

const COMPARED = [
  [['local:dana'], ['local'], []],
  [['local:dana'], ['local', 'corp'], []],
  [['corp:dana'], ['local'], ['corp']],
  [['local:dana', 'corp:dana', 'corp:d2'], ['local'], ['corp']],
  [['ldap:b64:dWlk'], ['ldap'], []],
  [['corp:dana'], [], []],
] as const;

for (const [identities, expected, found] of COMPARED) {
  test(`of ${identities.join(', ')} where ${expected.join(', ') || 'nobody'} was expected, ${found.join() || 'none'} is a stranger`, () => {
    assert.deepEqual(strangers(identities, expected), found);
  });
}

test('the provider of an identity is the text before the first colon', () => {
  assert.equal(providerOf('corp ldap:b64:dWlk'), 'corp ldap');
});
