import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cursor } from '../../src/logs/manifest.ts';
import type { LogRequest } from '../../src/logs/stream/run-options.ts';
import { LIMITS, numbered, read, startNode } from './node-log.ts';

test('a log is read once from its beginning, and then from the last position', async (t) => {
  const { node, open } = await startNode(t, numbered(0, 1_000));
  const first = await read({ open });
  assert.deepEqual(first.lines, node.lines);
  const nothing = await read({ open }, first.cursor);
  assert.deepEqual(nothing.lines, []);
  assert.deepEqual(nothing.cursor, first.cursor);
  const more = numbered(1_000, 500);
  node.lines.push(...more);
  assert.deepEqual((await read({ open }, first.cursor)).lines, more);
});

for (const split of [1, 2, 3, 4, 299, 300, 301]) {
  test(`equal lines with equal times are distinguished by how many were read: split after ${split}`, async (t) => {
    const all = Array.from(
      { length: 600 },
      (_, index) => `2026-11-23T10:00:00.00000000${Math.floor(index / 300)}Z the same`,
    );
    const { node, open } = await startNode(t, all.slice(0, split));
    const first = await read({ open });
    node.lines = all;
    const second = await read({ open }, first.cursor);
    assert.equal(first.lines.length + second.lines.length, all.length);
    assert.deepEqual(second.taken.gaps, []);
  });
}

for (const how of ['broken', 'clean'] as const) {
  for (const after of [20_001, 65_536, 150_000]) {
    test(`a stream that is cut every ${after} bytes (${how}) loses no line and repeats none`, async (t) => {
      const { node, open } = await startNode(t, numbered(0, 9_000));
      // Only what comes after the cursor's second makes progress, so a cut must reach beyond it.
      node.cut = { after: after, how };
      const { lines, taken } = await read({ open });
      assert.deepEqual(lines, node.lines);
      assert.ok(taken.reopened > 1);
      assert.deepEqual(taken.gaps, []);
    });
  }
}

test('lines that rotate away while the log is read are a gap, and all others are there', async (t) => {
  const all = numbered(0, 9_000);
  const { node, open } = await startNode(t, all.slice(0, 6_000));
  node.cut = { after: 100_000, how: 'broken' };
  node.onRequest = (count) => {
    if (count === 2) node.lines = all.slice(5_000);
  };
  const { lines, taken } = await read({ open });
  const [gap, ...others] = taken.gaps;
  assert.deepEqual(others, []);
  assert.equal(gap?.reason, 'rotated');
  const missing = all.filter((line) => line.startsWith('2026') && !lines.includes(line));
  assert.ok(missing.length > 0);
  for (const line of missing) {
    const time = line.slice(0, 30);
    assert.ok(gap !== undefined && time >= gap.from && time <= gap.to, line);
  }
  assert.equal(lines.at(-1), all.at(-1));
});

test('a pod that is gone is a gap from the last line to now', async (t) => {
  const { node, open } = await startNode(t, numbered(0, 10));
  const { cursor } = await read({ open });
  node.isGone = true;
  const { taken } = await read({ open }, cursor);
  assert.deepEqual(taken.gaps, [
    { from: cursor?.time, to: '2026-11-23T12:00:00.000000000Z', reason: 'pod-gone' },
  ]);
});

test('times in the zone of a node, and times without zeros at their end, are understood', async (t) => {
  const lines = [
    '2026-11-23T11:00:00.5+01:00 a',
    '2026-11-23T10:00:00.500000001Z b',
    '2026-11-23T10:00:01Z c',
  ];
  const { node, open } = await startNode(t, lines.slice(0, 1));
  const first = await read({ open });
  assert.equal(first.cursor?.time, '2026-11-23T10:00:00.500000000Z');
  node.lines = lines;
  const since: (string | undefined)[] = [];
  const watched = async (asked: LogRequest, signal: AbortSignal) => {
    since.push(asked.sinceTime);
    if (since.length <= 2) throw new Error('the connection was lost');
    return open({}, signal);
  };
  assert.deepEqual((await read({ open: watched }, first.cursor)).lines, lines.slice(1));
  assert.deepEqual(since.slice(0, 3), [undefined, undefined, '2026-11-23T10:00:00Z']);
});

test('a line that is still being written is left for the next collection; the last line of an ended run is not', async () => {
  const text = '2026-11-23T10:00:00.000000000Z whole\n2026-11-23T10:00:01.000000000Z piec';
  const open = async ({ tailLines }: LogRequest) =>
    of(tailLines === 1 ? text.slice(text.indexOf('\n') + 1) : text);
  assert.deepEqual((await read({ open })).lines, ['2026-11-23T10:00:00.000000000Z whole']);
  const ended = await read({ open, hasEnded: true });
  assert.deepEqual(ended.lines, text.split('\n'));
  assert.equal(ended.taken.isComplete, true);
});

test('a line that is too long is cut after its secrets were removed, and the cut is reported', async () => {
  const time = '2026-11-23T10:00:00.000000000Z';
  const secret = ['sha256', 'a'.repeat(43)].join('~');
  const long = `${time} ${'x'.repeat(200_000)} ${secret} ${'y'.repeat(3_000_000)}\n${time} short\n`;
  const open = async () => of(long);
  const limits = { ...LIMITS, lineBytes: 200_100 };
  const { lines, taken } = await read({ open, limits });
  assert.equal(lines.length, 2);
  assert.equal(lines[0]?.length, 200_099);
  assert.ok(lines[0]?.endsWith(' [CUT]'));
  assert.ok(!lines.join().includes('sha256~'));
  assert.deepEqual(taken.caps, [
    { limit: 'line-bytes', count: 1, detail: 'lines of more than 200100 bytes end with [CUT]' },
  ]);
});

for (const [limit, limits] of [
  ['lines', { ...LIMITS, lines: 1_000 }],
  ['bytes', { ...LIMITS, bytes: 30_000 }],
] as const) {
  test(`a limit of ${limit} cuts and is reported, and the next collection continues there`, async (t) => {
    const { node, open } = await startNode(t, numbered(0, 2_500));
    const lines: string[] = [];
    let cursor: Cursor | undefined;
    for (let round = 0; round < 10 && lines.length < 2_500; round += 1) {
      const part = await read({ open, limits }, cursor);
      if (lines.length + part.lines.length < 2_500) assert.equal(part.taken.caps[0]?.limit, limit);
      lines.push(...part.lines);
      cursor = part.cursor;
    }
    assert.deepEqual(lines, node.lines);
  });
}

test('bytes that are no text, NUL and empty lines stay as they are', async () => {
  const time = '2026-11-23T10:00:00.000000000Z ';
  const odd = Buffer.from([0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0d]).toString('latin1');
  const text = `${time}${odd}\n${time}\n\nno time at all\n${time}end\n`;
  const { lines, taken } = await read({ open: async () => of(text) });
  assert.equal(`${lines.join('\n')}\n`, text);
  assert.equal(taken.cursor?.taken, 3);
});

test('a permanent error ends the reading at once; a passing one that lasts ends it after some attempts', async () => {
  let tries = 0;
  const open = async () => {
    tries += 1;
    throw new Error('no');
  };
  await assert.rejects(read({ open, mayPass: () => false }), /no/);
  assert.equal(tries, 1);
});

async function* of(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

test('a log that is always written to is read up to its end at the start, also if its clock is behind', async (t) => {
  const { node, open } = await startNode(t, numbered(0, 100));
  let requests = 0;
  node.onRequest = (count) => {
    requests = count;
    if (count < 40) node.lines.push(...numbered(node.lines.length, 3));
  };
  const { lines, taken } = await read({ open });
  assert.deepEqual(lines, node.lines.slice(0, lines.length));
  assert.ok(lines.length > 100);
  assert.deepEqual([requests, taken.isComplete, taken.gaps], [3, true, []]);
});
