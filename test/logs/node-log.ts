import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { request } from 'undici';
import type { Cursor } from '../../src/logs/manifest.ts';
import { createRedactor } from '../../src/logs/redact/redact.ts';
import { emptyReadResult, readRun } from '../../src/logs/stream/read-run.ts';
import type { LogRequest, ReadRunOptions } from '../../src/logs/stream/run-options.ts';

const UNTIL = '2026-11-23T12:00:00Z';
export const LIMITS = { bytes: 1e12, lines: 1e12, lineBytes: 256 * 1024 };

/** A log as a node has it, behind a server that speaks the log endpoint, and may cut. */
interface Node {
  lines: string[];
  /** After how many bytes a stream is cut, and how: with a lost connection or as if it were the end. */
  cut: { readonly after: number; readonly how: 'broken' | 'clean' } | undefined;
  /** Told of each request; may change the log. */
  onRequest: (count: number) => void;
  isGone: boolean;
}

/** Starts such a node. */
export async function startNode(t: TestContext, lines: readonly string[]) {
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
  const open = async (asked: LogRequest, signal: AbortSignal) => {
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

type Given = Partial<ReadRunOptions> & Pick<ReadRunOptions, 'open'>;

/** Reads a run as a collection does: up to noon, with every limit far away. */
export async function read(given: Given, cursor?: Cursor) {
  const taken = emptyReadResult(cursor);
  const reading: ReadRunOptions = {
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
export function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index;
    const nano = String(Math.floor(at / 3) * 1_000).padStart(9, '0');
    const second = String(Math.floor(at / 300) % 60).padStart(2, '0');
    const minute = String(Math.floor(at / 18_000) % 60).padStart(2, '0');
    return `2026-11-23T10:${minute}:${second}.${nano}Z ${at % 3 === 2 ? 'again' : `line ${at}`}`;
  });
}
