import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressView } from '../../../workflows/progress-view.ts';
import { createWaits } from '../../../workflows/access/onboarding/waits.ts';

type Shown = Parameters<ProgressView['waiting']>[0];

test('the wait for a late write shows what is gone already, whichever undo ended first', () => {
  let shown: Shown;
  const waits = createWaits({ waiting: (next) => void (shown = next) });
  waits.begin('clean up after the proof', 90_000, []);
  assert.match(shown?.for ?? '', /^a write that had no answer.*nothing has been removed yet/);
  waits.end('take back the grants', ['RoleBinding n1/a']);
  assert.match(shown?.for ?? '', /gone already: RoleBinding n1\/a/);
  assert.equal(shown?.until, '1970-01-01T00:01:30.000Z');
  assert.match(shown?.advice ?? '', /checks again \(clean up after the proof\)/);
  waits.end('clean up after the proof', []);
  assert.equal(shown, undefined);
});
