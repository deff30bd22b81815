import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayProgress } from '../../sandbox/display-progress.ts';

function building(seconds: number) {
  return { type: 'building', program: 'etcd', index: 2, of: 5, seconds } as const;
}
function line(clock: string): string {
  return `building etcd (2 of 5, ${clock}; the first start builds all programs, about 15 minutes on two cores)`;
}

function shown(isTTY: boolean, options = {}) {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  return { written, show: displayProgress({ write, isTTY }, options) };
}

test('on a terminal a build is one line that is updated, and steps follow below', () => {
  const { written, show } = shown(true);
  show(building(0));
  show(building(61));
  show({ type: 'step', text: 'starting' });
  const clear = '\r\u001B[2K';
  assert.deepEqual(written, [
    `${clear}${line('0:00')}`,
    `${clear}${line('1:01')}`,
    `${clear}starting\n`,
  ]);
});

test('elsewhere a build is a line every 30 seconds', () => {
  const { written, show } = shown(false);
  for (let seconds = 0; seconds <= 61; seconds += 1) show(building(seconds));
  assert.deepEqual(written, [`${line('0:00')}\n`, `${line('0:30')}\n`, `${line('1:00')}\n`]);
});

test('debug events are shown only on request', () => {
  const quiet = shown(false);
  quiet.show({ type: 'debug', text: 'odd' });
  assert.deepEqual(quiet.written, []);
  const loud = shown(false, { debug: true });
  loud.show({ type: 'debug', text: 'odd' });
  assert.deepEqual(loud.written, ['odd\n']);
});
