import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveMerger } from '../../../src/logs/tail/live-merger.ts';

const FOREVER = 3_600_000;

function line(ms: number, text: string) {
  return `2026-11-23T12:00:00.${String(ms).padStart(9, '0')}Z ${text}\n`;
}

/** A stream that says what it is given, and ends when it is told to. */
function spring() {
  const blocks: Buffer[] = [];
  let more = Promise.withResolvers<void>();
  let isOver = false;
  return {
    say: (...lines: readonly string[]) => {
      blocks.push(Buffer.from(lines.join('')));
      more.resolve();
    },
    end: () => {
      isOver = true;
      more.resolve();
    },
    blocks: async function* () {
      for (;;) {
        const block = blocks.shift();
        if (block !== undefined) yield block;
        else if (isOver) return;
        else {
          await more.promise;
          more = Promise.withResolvers();
        }
      }
    },
  };
}

async function read(lines: AsyncIterable<readonly { readonly line: Buffer }[]>): Promise<string[]> {
  const found: string[] = [];
  for await (const some of lines) found.push(...some.map((each) => String(each.line).slice(31)));
  return found;
}

test('a line waits for an earlier one of a stream without lines at the moment', async () => {
  const merger = createLiveMerger(FOREVER);
  const [a, b] = [spring(), spring()];
  const added = Promise.all([merger.addStream('a', a.blocks()), merger.addStream('b', b.blocks())]);
  const found = read(merger.lines());
  a.say(line(20, 'second'));
  await new Promise(setImmediate);
  b.say(line(10, 'first'));
  a.end();
  b.end();
  await added;
  merger.close();
  assert.deepEqual(await found, ['first', 'second']);
});

test('a line does not wait for longer than a moment', async () => {
  const merger = createLiveMerger(1);
  const [a, b] = [spring(), spring()];
  const adding = [merger.addStream('a', a.blocks()), merger.addStream('b', b.blocks())];
  a.say(line(20, 'second'));
  const lines = merger.lines();
  const { value } = await lines.next();
  assert.equal(value?.[0]?.line.toString('utf8'), line(20, 'second').trimEnd());
  a.end();
  b.end();
  await Promise.all(adding);
  await lines.return(undefined);
});

test('a stream whose lines are not taken is not read to its end, and closing ends it', async () => {
  const merger = createLiveMerger();
  let taken = 0;
  const flood = async function* () {
    const block = Buffer.from(line(1, 'x'.repeat(1000)).repeat(1000));
    for (; taken < 1000; taken += 1) yield block;
  };
  const added = merger.addStream('a', flood());
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  assert.ok(taken < 20, String(taken));
  merger.close();
  await added;
});
