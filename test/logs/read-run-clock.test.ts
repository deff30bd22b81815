import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbered, read, startNode } from './node-log.ts';

test('a clock that is set back, or ahead, loses no line', async (t) => {
  const at = (time: string, text: string) => `2026-11-23T${time}.000000000Z ${text}`;
  const before = [at('10:00:00', 'a'), at('10:00:09', 'b'), at('10:00:02', 'c')];
  const { node, open } = await startNode(t, before);
  const first = await read({ open });
  node.lines = [...before, at('10:00:03', 'd'), at('13:30:00', 'from the future')];
  const second = await read({ open }, first.cursor);
  node.lines = [...node.lines, at('12:00:05', 'e')];
  const third = await read({ open, until: '2026-11-23T12:00:30Z' }, second.cursor);
  assert.deepEqual([...first.lines, ...second.lines, ...third.lines], node.lines);
});

/** A node's clock, and when it was set back: the lines before and after the first collection. */
const SET_BACK = {
  'by an hour': [
    ['11:00:00', '11:00:01', '11:00:02', '11:00:03'],
    ['10:00:04', '10:00:05', '10:00:06', '10:00:07', '10:00:08', '10:00:09'],
  ],
  'and has passed the old time again': [
    ['11:00:00', '11:00:01'],
    ['10:59:50', '10:59:55', '11:00:00', '11:00:05', '11:00:09'],
  ],
  'after it had been ahead for days': [
    ['23:00:00', '23:00:01'],
    ['11:40:00', '11:50:00', '12:10:00'],
  ],
  twice: [
    ['11:00:00', '10:30:00'],
    ['10:30:01', '09:00:00', '09:00:01'],
  ],
} as const;

function spoken(times: readonly string[], what = 'line') {
  return times.map((time, index) => `2026-11-23T${time}.000000000Z ${what} ${index}`);
}

for (const [how, [before, after]] of Object.entries(SET_BACK)) {
  test(`no line is missing if the clock was set back ${how}`, async (t) => {
    const { node, open } = await startNode(t, spoken(before));
    const first = await read({ open });
    node.lines = [...spoken(before), ...spoken(after, 'later')];
    const second = await read({ open }, first.cursor);
    assert.deepEqual([...first.lines, ...second.lines], node.lines);
    assert.deepEqual(second.taken.gaps, []);
    assert.deepEqual((await read({ open }, second.cursor)).lines, []);
  });

  test(`a rotation before the clock was set back ${how} is a gap, and all lines in the file are read`, async (t) => {
    const { node, open } = await startNode(t, spoken(before));
    const first = await read({ open });
    const last = before.at(-1) ?? '';
    node.lines = spoken(
      after.filter((time) => time < last),
      'later',
    );
    const second = await read({ open }, first.cursor);
    assert.deepEqual(second.lines, node.lines);
    const [from, to] = [last, (node.lines[0] ?? '').slice(11, 19)]
      .toSorted()
      .map((time) => `2026-11-23T${time}.000000000Z`);
    assert.deepEqual(second.taken.gaps, [{ from, to, reason: 'rotated' }]);
  });
}

test('a rotation before the clock was set back is a gap where it has passed the old time again, too', async (t) => {
  const { node, open } = await startNode(t, spoken(['11:00:00', '11:00:01']));
  const first = await read({ open });
  node.lines = spoken(['10:30:00', '10:59:00', '11:00:01', '11:00:05', '11:00:04'], 'later');
  const second = await read({ open }, first.cursor);
  assert.deepEqual(second.lines, node.lines);
  const [from, to] = ['10:30:00', '11:00:01'].map((time) => `2026-11-23T${time}.000000000Z`);
  assert.deepEqual(second.taken.gaps, [{ from, to, reason: 'rotated' }]);
});

test('lines of one time before and after a rotation are taken once each', async (t) => {
  const at = (text: string) => `2026-11-23T10:00:00.000000001Z ${text}`;
  const { node, open } = await startNode(t, [at('one'), at('two')]);
  const first = await read({ open });
  node.lines = [at('three')];
  const second = await read({ open }, first.cursor);
  node.lines = [at('three'), at('four')];
  const third = await read({ open }, second.cursor);
  assert.deepEqual([second.lines, third.lines], [[at('three')], [at('four')]]);
  assert.deepEqual([second.taken.gaps.length, third.taken.gaps.length], [1, 0]);
});

for (const how of ['broken', 'clean'] as const) {
  test(`a stream that is cut once (${how}) behind a clock that was set back loses no line`, async (t) => {
    const later = numbered(0, 4_000);
    const all = [...spoken(['11:00:00', '11:00:01']), ...later.slice(0, 3_000)];
    const { node, open } = await startNode(t, spoken(['11:00:00']));
    const first = await read({ open });
    // It is set back once more behind the cut, by less than a minute.
    node.lines = [...all, ...spoken(['10:00:00', '10:00:01'], 'again'), ...later.slice(3_000)];
    let cuts = 1;
    node.onRequest = () => {
      node.cut = cuts > 0 ? { after: 65_536, how } : undefined;
      cuts -= 1;
    };
    const { lines, taken } = await read({ open }, first.cursor);
    assert.deepEqual(lines, node.lines.slice(1));
    assert.deepEqual(taken.gaps, []);
  });

  test(`what a clock that was set back may hide from a stream that is always cut (${how}) is a gap`, async (t) => {
    const { node, open } = await startNode(t, numbered(0, 8_000));
    const first = await read({ open });
    const [hidden = '', ...later] = spoken(['09:00:00', '10:00:29', '10:00:27', '10:00:28']);
    node.lines = [...numbered(0, 8_000), hidden, ...later];
    node.cut = { after: 65_536, how };
    const { lines, taken } = await read({ open }, first.cursor);
    assert.deepEqual(lines, later);
    assert.deepEqual(
      taken.gaps.map(({ reason }) => reason),
      ['failed'],
    );
  });

  test(`a rotation and a clock that was set back lose no line of a stream that is always cut (${how})`, async (t) => {
    const { node, open } = await startNode(t, spoken(['11:00:00', '11:00:01']));
    const first = await read({ open });
    const later = numbered(0, 5_000);
    node.lines = [...later, ...spoken(['11:00:05', '11:00:06'])];
    node.cut = { after: 65_536, how };
    const { lines, taken } = await read({ open }, first.cursor);
    assert.deepEqual(lines, node.lines);
    assert.equal(taken.gaps.length, 1);
  });
}

for (const how of ['broken', 'clean'] as const) {
  test(`a stream that is always cut before the position (${how}) is continued all the same`, async (t) => {
    const all = numbered(0, 9_000);
    const { node, open } = await startNode(t, all.slice(0, 8_000));
    const first = await read({ open });
    node.lines = all;
    node.cut = { after: 65_536, how };
    const { lines, taken } = await read({ open }, first.cursor);
    assert.deepEqual(lines, all.slice(8_000));
    assert.deepEqual(taken.gaps, []);
  });
}

/** What is known of a run that went before it was read, and from when on it is missed. */
const NEVER_READ = [
  [{ startedAt: '2026-11-23T11:00:00Z' }, '11:00:00'],
  [{ startedAt: '2026-11-23T09:00:00Z', since: '2026-11-23T11:30:00Z' }, '11:30:00'],
  [{ since: '2026-11-23T11:30:00Z' }, '11:30:00'],
] as const;

for (const [known, from] of NEVER_READ) {
  test(`a run that was gone before its first reading is a gap from ${from} on`, async (t) => {
    const { node, open } = await startNode(t, []);
    node.isGone = true;
    const { taken } = await read({ open, hasEnded: true, ...known });
    const [since, to] = [from, '12:00:00'].map((time) => `2026-11-23T${time}.000000000Z`);
    assert.deepEqual(taken.gaps, [{ from: since, to, reason: 'run-gone' }]);
  });
}

test('an ended run whose position has rotated away is a gap, and is not requested again', async (t) => {
  const { node, open } = await startNode(t, numbered(0, 10));
  const { cursor } = await read({ open });
  for (const lines of [[], ['unable to retrieve container logs for containerd://1']]) {
    node.lines = lines;
    const { taken } = await read({ open, hasEnded: true }, cursor);
    assert.deepEqual(
      [taken.gaps.length, taken.gaps[0]?.reason, taken.isComplete],
      [1, 'rotated', true],
    );
  }
});

test('a run without a position is read from the requested time on only', async (t) => {
  const { open } = await startNode(t, numbered(0, 10));
  assert.deepEqual((await read({ open, since: '2026-11-23T11:00:00Z' })).lines, []);
});
