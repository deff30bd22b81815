import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { followRun } from '../../../src/logs/tail/follow-run.ts';
import type { FollowOptions, LiveLogState } from '../../../src/logs/tail/follow-options.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { startKubelet } from './kubelet.ts';
import type { Kubelet } from './kubelet.ts';

let kubelet: Kubelet;
before(async () => {
  kubelet = await startKubelet();
});
after(() => kubelet.close());

const LINE = '2026-11-23T12:00:00.000000000Z';

function follow(
  run: string,
  signal: AbortSignal,
  silentMs?: number,
  since?: string,
  how: Partial<FollowOptions> = {},
) {
  kubelet.begin(run);
  return followRun(
    {
      open: (asked, stopping) =>
        kubelet.open({ pod: run, container: 'c', run, isPrevious: false }, asked, stopping),
      logState: () => 'present',
      nextPoll: () => Promise.resolve(),
      since,
      redactor: createRedactor(),
      signal,
      mayPass: () => true,
      note: () => {},
      ...how,
    },
    silentMs,
  );
}

// The silent death of a stream after a rotation, which nobody is told of.
test('a stream without new lines is opened again, and the missed lines are read', async () => {
  const ending = new AbortController();
  const blocks = follow('silent', ending.signal, 100);
  kubelet.write('silent', `${LINE} one`);
  assert.equal(String((await blocks.next()).value), `${LINE} one\n`);
  const opened = kubelet.opened();
  kubelet.write('silent', `${LINE} two`, { isSent: false });
  assert.equal(String((await blocks.next()).value), `${LINE} two\n`);
  assert.ok(kubelet.opened() > opened);
  ending.abort();
  assert.equal((await blocks.next()).done, true);
});

test('a clock that is set back to before the requested time loses no line', async () => {
  const ending = new AbortController();
  const blocks = follow('set-back', ending.signal, 100, LINE);
  kubelet.write('set-back', `${LINE} one`);
  assert.equal(String((await blocks.next()).value), `${LINE} one\n`);
  const earlier = LINE.replace('T12', 'T11');
  kubelet.write('set-back', `${earlier} two`);
  assert.equal(String((await blocks.next()).value), `${earlier} two\n`);
  ending.abort();
});

test('more lines than are requested again are all read, each once', async () => {
  const ending = new AbortController();
  const blocks = follow('many', ending.signal, 100);
  kubelet.write('many', `${LINE} 0`);
  let had = String((await blocks.next()).value);
  const expected = Array.from({ length: 3_000 }, (_, number) => `${LINE} ${number}\n`);
  for (const line of expected.slice(1)) {
    kubelet.write('many', line.slice(0, -1), { isSent: false });
  }
  while (had.length < expected.join('').length) had += String((await blocks.next()).value);
  assert.equal(had, expected.join(''));
  ending.abort();
});

test('a line that is longer than the limit is cut, and the next one is complete', async () => {
  const ending = new AbortController();
  const blocks = follow('long', ending.signal);
  kubelet.write('long', `${LINE} ${'x'.repeat(3 * 1024 * 1024)}`);
  kubelet.write('long', `${LINE} no more`);
  const cut = String((await blocks.next()).value);
  assert.match(cut, /^2026\S+ x+ \[CUT\]\n$/);
  let rest = '';
  while (!rest.endsWith('no more\n')) rest += String((await blocks.next()).value);
  assert.doesNotMatch(rest.slice(-60), /x/);
  ending.abort();
});

test('a line that is longer than the limit is a position, however it was cut', async () => {
  const ending = new AbortController();
  const blocks = follow('long-place', ending.signal, 200);
  kubelet.write('long-place', `${LINE} first`);
  const long = LINE.replace('12:00', '12:01');
  kubelet.write('long-place', `${long} ${'x'.repeat(3 * 1024 * 1024)}`);
  let had = '';
  while (!had.endsWith('[CUT]\n')) had += String((await blocks.next()).value);
  const later = `${LINE.replace('12:00', '12:02')} later`;
  kubelet.write('long-place', later, { isSent: false });
  assert.equal(String((await blocks.next()).value).slice(0, 200), `${later}\n`);
  ending.abort();
});

test('a run is named if two others followed it before it was read to its end, and none of their lines is shown', async () => {
  const said: string[] = [];
  let now: LiveLogState = 'present';
  const ending = new AbortController();
  const blocks = follow('replaced', ending.signal, 100, undefined, {
    logState: () => now,
    // Seen only by the look after next.
    nextPoll: () => {
      now = now === 'present' ? 'previous' : 'gone';
      return Promise.resolve();
    },
    note: (text) => void said.push(text),
  });
  kubelet.write('replaced', `${LINE} one`);
  assert.equal(String((await blocks.next()).value), `${LINE} one\n`);
  kubelet.write('replaced', `${LINE} two`, { isSent: false });
  kubelet.rotate('replaced');
  kubelet.write('replaced', `${LINE.replace('12:00', '12:05')} of another run`, { isSent: false });
  assert.equal((await blocks.next()).done, true);
  assert.deepEqual(said, ['could not be read to its end']);
});
