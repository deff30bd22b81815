import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { request } from 'undici';
import type { Cursor } from '../../src/logs/manifest.ts';
import { createRedactor } from '../../src/logs/redact/redact.ts';
import { nothingTaken, readRun } from '../../src/logs/stream/read-run.ts';
import type { Asked, Reading } from '../../src/logs/stream/read-run.ts';

const UNTIL = '2026-11-23T12:00:00Z';
const LIMITS = { bytes: 1e12, lines: 1e12, lineBytes: 256 * 1024 };

/** A log as a node has it, behind a server that speaks the log endpoint, and may cut. */
interface Node {
  lines: string[];
  /** After how many bytes a stream is cut, and how: with a lost connection or as if it were the end. */
  cut: { readonly after: number; readonly how: 'broken' | 'clean' } | undefined;
  /** Told of each request; may change the log. */
  onRequest: (count: number) => void;
  isGone: boolean;
}

async function startNode(t: TestContext, lines: readonly string[]) {
  const node: Node = { lines: [...lines], cut: undefined, onRequest: () => {}, isGone: false };
  let requests = 0;
  const server = createServer((asked, answer) => {
    node.onRequest((requests += 1));
    const query = new URL(asked.url ?? '', 'http://node').searchParams;
    if (node.isGone) return void answer.writeHead(404).end();
    // As a kubelet: whole seconds, each line on its own, from the beginning of the file.
    const since = query.get('sinceTime');
    const wanted = node.lines.filter(
      (line) => since === null || line.slice(0, 19) >= since.slice(0, 19),
    );
    const tail = Number(query.get('tailLines') ?? Infinity);
    const text = Buffer.from(
      wanted
        .slice(-tail)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const { cut } = node;
    if (cut === undefined || text.length <= cut.after) return void answer.end(text);
    const part = text.subarray(0, cut.after);
    if (cut.how === 'clean') return void answer.end(part);
    answer.write(part, () => setImmediate(() => answer.destroy()));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const open = async (asked: Asked, signal: AbortSignal) => {
    const query = new URLSearchParams();
    if (asked.sinceTime !== undefined) query.set('sinceTime', asked.sinceTime);
    if (asked.tailLines !== undefined) query.set('tailLines', String(asked.tailLines));
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/?${query.toString()}`, {
      signal,
    });
    if (statusCode !== 404) return body;
    await body.dump();
    return undefined;
  };
  return { node, open };
}

type Given = Partial<Reading> & Pick<Reading, 'open'>;

async function read(given: Given, cursor?: Cursor) {
  const taken = nothingTaken(cursor);
  const reading: Reading = {
    cursor,
    until: UNTIL,
    hasEnded: false,
    limits: LIMITS,
    redactor: createRedactor(),
    signal: new AbortController().signal,
    mayPass: () => true,
    ...given,
  };
  const blocks: Buffer[] = [];
  for await (const block of readRun(reading, taken)) blocks.push(Buffer.from(block));
  const lines = Buffer.concat(blocks).toString('latin1').split('\n').slice(0, -1);
  assert.equal(lines.length, taken.lines);
  return { lines, taken, cursor: taken.cursor };
}

/** `count` lines, some of them in the same nanosecond and some the same in all. */
function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const nano = String(Math.floor(at / 3) * 1_000).padStart(9, '0');
    const second = String(Math.floor(at / 300) % 60).padStart(2, '0');
    const minute = String(Math.floor(at / 18_000) % 60).padStart(2, '0');
    return `2026-11-23T10:${minute}:${second}.${nano}Z ${at % 3 === 2 ? 'again' : `line ${at}`}`;
  });
}

test('a log is read once from its beginning, and then from where it was left', async (t) => {
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
  test(`equal lines with equal times are told apart by how many were taken: split after ${split}`, async (t) => {
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
    test(`a stream that is cut every ${after} bytes (${how}) loses no line and brings none twice`, async (t) => {
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

test('what rotates away while it is read is a gap, and all else is there', async (t) => {
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

const spoken = (times: readonly string[], what = 'line') =>
  times.map((time, index) => `2026-11-23T${time}.000000000Z ${what} ${index}`);

for (const [how, [before, after]] of Object.entries(SET_BACK)) {
  test(`no line is missing where the clock was set back ${how}`, async (t) => {
    const { node, open } = await startNode(t, spoken(before));
    const first = await read({ open });
    node.lines = [...spoken(before), ...spoken(after, 'later')];
    const second = await read({ open }, first.cursor);
    assert.deepEqual([...first.lines, ...second.lines], node.lines);
    assert.deepEqual(second.taken.gaps, []);
    assert.deepEqual((await read({ open }, second.cursor)).lines, []);
  });

  test(`a rotation before the clock was set back ${how} is a gap, and all that is there comes`, async (t) => {
    const { node, open } = await startNode(t, spoken(before));
    const first = await read({ open });
    const last = before.at(-1) ?? '';
    node.lines = spoken(
      after.filter((time) => time < last),
      'later',
    );
    const second = await read({ open }, first.cursor);
    assert.deepEqual(second.lines, node.lines);
    const [from, to] = [last, node.lines[0]?.slice(11, 19)]
      .toSorted()
      .map((time) => `2026-11-23T${time}.000000000Z`);
    assert.deepEqual(second.taken.gaps, [{ from, to, reason: 'rotated' }]);
  });
}

for (const how of ['broken', 'clean'] as const) {
  test(`a stream that is always cut before the place that was reached (${how}) is gone on with all the same`, async (t) => {
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
  test(`a run that went before it was ever read is a gap from ${from} on`, async (t) => {
    const { node, open } = await startNode(t, []);
    node.isGone = true;
    const { taken } = await read({ open, hasEnded: true, ...known });
    const [since, to] = [from, '12:00:00'].map((time) => `2026-11-23T${time}.000000000Z`);
    assert.deepEqual(taken.gaps, [{ from: since, to, reason: 'run-gone' }]);
  });
}

test('an ended run whose place has rotated away is a gap, and is not asked for again', async (t) => {
  const { node, open } = await startNode(t, numbered(0, 10));
  const { cursor } = await read({ open });
  node.lines = [];
  const { taken } = await read({ open, hasEnded: true }, cursor);
  assert.deepEqual(
    [taken.gaps.length, taken.gaps[0]?.reason, taken.isComplete],
    [1, 'rotated', true],
  );
});

test('of a run without a place no more is taken than was asked for', async (t) => {
  const { open } = await startNode(t, numbered(0, 10));
  assert.deepEqual((await read({ open, since: '2026-11-23T11:00:00Z' })).lines, []);
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
  const watched = async (asked: Asked, signal: AbortSignal) => {
    since.push(asked.sinceTime);
    if (since.length === 1) throw new Error('the connection was lost');
    return open({}, signal);
  };
  assert.deepEqual((await read({ open: watched }, first.cursor)).lines, lines.slice(1));
  assert.deepEqual(since.slice(0, 2), [undefined, '2026-11-23T10:00:00Z']);
});

test('a line that is still being written is left for the next time; the last one of an ended run is not', async () => {
  const text = '2026-11-23T10:00:00.000000000Z whole\n2026-11-23T10:00:01.000000000Z piec';
  const open = async ({ tailLines }: Asked) =>
    of(tailLines === 1 ? text.slice(text.indexOf('\n') + 1) : text);
  assert.deepEqual((await read({ open })).lines, ['2026-11-23T10:00:00.000000000Z whole']);
  const ended = await read({ open, hasEnded: true });
  assert.deepEqual(ended.lines, text.split('\n'));
  assert.equal(ended.taken.isComplete, true);
});

test('a line that is too long is cut after its secrets were taken out, and that is said', async () => {
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
  test(`a limit of ${limit} cuts, says so, and the next collection goes on from there`, async (t) => {
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

test('bytes that are no text, NUL and empty lines go through as they are', async () => {
  const time = '2026-11-23T10:00:00.000000000Z ';
  const odd = Buffer.from([0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0d]).toString('latin1');
  const text = `${time}${odd}\n${time}\n\nno time at all\n${time}end\n`;
  const { lines, taken } = await read({ open: async () => of(text) });
  assert.equal(`${lines.join('\n')}\n`, text);
  assert.equal(taken.cursor?.taken, 3);
});

test('an error that will not pass ends it at once; one that lasts ends it in the end', async () => {
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
