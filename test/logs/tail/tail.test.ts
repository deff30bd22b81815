import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { tailLogs } from '../../../src/logs/tail/tail.ts';
import type { TailRun } from '../../../src/logs/tail/tail.ts';
import { eventually } from '../../sandbox/support/eventually.ts';
import { startKubelet } from './kubelet.ts';
import type { Kubelet } from './kubelet.ts';

const POLL_EVERY_MS = 100;

let kubelet: Kubelet;
let ending: AbortController;
let runs: TailRun[];
let shown: string[];
let notes: string[];
let ended: Promise<void>;
let serial = 0;

before(async () => {
  kubelet = await startKubelet();
});
after(() => kubelet.close());
beforeEach(() => {
  ending = new AbortController();
  runs = [];
  shown = [];
  notes = [];
});
afterEach(async () => {
  ending.abort();
  await ended.catch(() => {});
});

function runOf(pod: string, isPrevious = false): TailRun {
  serial += 1;
  const run = { pod, container: 'registry', run: `${pod}-${serial}`, isPrevious };
  kubelet.begin(run.run);
  return run;
}

/** A line of the second, 3 s ago or so: the tail begins with what is later than an hour ago. */
const START = Date.now() - 60_000;
function line(ms: number, text: string) {
  return `${new Date(START + ms).toISOString().replace('Z', '000000Z')} ${text}`;
}

function tail(mayPass: (error: unknown) => boolean = () => true): void {
  const lines = tailLogs(
    {
      list: () => Promise.resolve([...runs]),
      open: (run, asked, signal) => kubelet.open(run, asked, signal),
      mayPass,
      since: new Date(START - 60_000).toISOString(),
      patterns: [],
      signal: ending.signal,
      note: (text) => void notes.push(text),
    },
    POLL_EVERY_MS,
  );
  const read = async () => {
    for await (const some of lines) {
      shown.push(...some.map((each) => each.line.toString('utf8').replace(/^\S+ /, '')));
    }
  };
  ended = read();
}

async function seen(...expected: readonly string[]) {
  await eventually('the lines', () => shown.length >= expected.length);
  assert.deepEqual(shown, expected);
}
async function noted(...expected: readonly string[]) {
  await eventually('the notes', () => notes.length >= expected.length);
  assert.deepEqual(notes.toSorted(), expected);
}
function followed(run: TailRun) {
  return eventually(`a follower of ${run.run}`, () => kubelet.followers(run.run) > 0);
}

test('earlier and new lines are shown, redacted', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'before'));
  tail();
  await seen('before');
  await followed(a);
  kubelet.write(a.run, line(1, `Authorization: Bearer sha256~${'x'.repeat(43)}`));
  await eventually('a second line', () => shown.length === 2);
  assert.doesNotMatch(shown[1] ?? '', /xxx/);
});

test('lines of two pods come in order of time, in whichever order the pods are read', async () => {
  const [a, b] = [runOf('a'), runOf('b')];
  runs = [a, b];
  const expected = Array.from({ length: 400 }, (_, at) => `line ${at}`);
  for (const [at, text] of expected.entries()) {
    kubelet.write(at % 3 === 0 ? a.run : b.run, line(at, text));
  }
  tail();
  await seen(...expected);
});

test('a pod whose clock was set back keeps its own order', async () => {
  const a = runOf('a');
  runs = [a];
  for (const [ms, text] of [
    [500, 'one'],
    [100, 'two'],
    [600, 'three'],
  ] as const) {
    kubelet.write(a.run, line(ms, text));
  }
  tail();
  await seen('one', 'two', 'three');
});

test('a stream that breaks off in the middle of a line continues: no line is lost or repeated', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'same'));
  kubelet.write(a.run, line(0, 'same'));
  tail();
  await seen('same', 'same');
  await followed(a);
  kubelet.write(a.run, line(0, 'same'), { isSent: false });
  kubelet.write(a.run, line(3, 'after'), { isSent: false });
  kubelet.tear(a.run, line(3, 'aft'));
  await seen('same', 'same', 'same', 'after');
});

test('a stream that ends without an error is opened again', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  await followed(a);
  kubelet.write(a.run, line(1, 'two'), { isSent: false });
  kubelet.end(a.run);
  await seen('one', 'two');
});

test('lines that have rotated away meanwhile are reported', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  await followed(a);
  kubelet.rotate(a.run);
  kubelet.write(a.run, line(5000, 'later'), { isSent: false });
  kubelet.end(a.run);
  await seen('one', 'later');
  assert.match(notes.join('\n'), /^a\/registry: lines from \S+Z to \S+Z have rotated away$/m);
});

const HOUR_MS = 3_600_000;

test('a clock that is set back while a stream is broken loses no line, nor does one while it is followed again', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  await followed(a);
  kubelet.write(a.run, line(-HOUR_MS, 'two'), { isSent: false });
  kubelet.end(a.run);
  await seen('one', 'two');
  await followed(a);
  kubelet.write(a.run, line(-2 * HOUR_MS, 'three'));
  await seen('one', 'two', 'three');
  assert.deepEqual(notes, []);
});

test('a rotation before the clock was set back is reported, and all lines in the file are shown', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  await followed(a);
  kubelet.rotate(a.run);
  for (const [ms, text] of [
    [-HOUR_MS, 'two'],
    [-HOUR_MS + 1, 'three'],
    [5, 'four'],
  ] as const) {
    kubelet.write(a.run, line(ms, text), { isSent: false });
  }
  kubelet.end(a.run);
  await seen('one', 'two', 'three', 'four');
  assert.match(notes.join('\n'), /^a\/registry: lines from \S+Z to \S+Z have rotated away$/m);
});

test('lines of the next run are not shown as those of the run before', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  await followed(a);
  // The node has restarted the container, and the API server does not know of it yet.
  kubelet.rotate(a.run);
  kubelet.write(a.run, line(1, 'start registry'), { isSent: false });
  const opened = kubelet.opened();
  kubelet.end(a.run);
  await eventually('a look at the log', () => kubelet.opened() > opened);
  const next = runOf('a');
  kubelet.write(next.run, line(1, 'start registry'));
  runs = [next];
  await seen('one', 'start registry');
  await noted('a/registry begins', 'a/registry has ended');
  assert.deepEqual(shown, ['one', 'start registry']);
});

test('a node that fails for a while is tried again, and reported once', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.refuse(a.run, 500, 503);
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  assert.deepEqual(notes, ['a/registry: the node answers 500; going on']);
});

test('a container that restarts is read to its end, and then from the beginning', async () => {
  const a = runOf('a');
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail();
  await seen('one');
  await followed(a);
  const next = runOf('a');
  kubelet.write(a.run, line(1, 'panic'), { isSent: false });
  kubelet.write(next.run, line(2, 'start registry'));
  runs = [{ ...a, isPrevious: true }, next];
  kubelet.end(a.run);
  await seen('one', 'panic', 'start registry');
  await noted('a/registry begins', 'a/registry has ended');
});

test('the run before the present one is read from the requested time on', async () => {
  const [old, now] = [runOf('a', true), runOf('a')];
  kubelet.write(old.run, line(-3_600_000, 'an hour ago'));
  kubelet.write(old.run, line(0, 'panic'));
  kubelet.write(now.run, line(1, 'start registry'));
  runs = [old, now];
  tail();
  await seen('panic', 'start registry');
});

test('a new pod is followed from its first line, and a deleted one ends', async () => {
  const a = runOf('a');
  runs = [a];
  tail();
  await followed(a);
  const b = runOf('b');
  kubelet.write(b.run, line(0, 'hello'));
  runs = [b];
  kubelet.end(a.run);
  kubelet.remove(a.run);
  await seen('hello');
  await noted('a/registry has ended', 'b/registry begins');
});

test('if there is no pod, that is reported, and tail waits for one', async () => {
  tail();
  await noted('there is no such pod; waiting for one');
  const a = runOf('a');
  kubelet.write(a.run, line(0, 'at last'));
  runs = [a];
  await seen('at last');
});

test('a permanent failure ends the tail, after the lines that were read before', async () => {
  const [a, b] = [runOf('a'), runOf('b')];
  runs = [a];
  kubelet.write(a.run, line(0, 'one'));
  tail(() => false);
  await seen('one');
  kubelet.refuse(b.run, 403);
  runs = [a, b];
  await assert.rejects(ended, /the node answers 403/);
});

test('the signal ends the tail, and nothing is left open', async () => {
  const a = runOf('a');
  runs = [a];
  tail();
  await followed(a);
  kubelet.write(a.run, line(0, 'last'));
  await seen('last');
  ending.abort();
  await ended;
  await eventually('no follower', () => kubelet.followers(a.run) === 0);
});
