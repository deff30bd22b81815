import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { follow } from '../../src/cli/display/follow.ts';
import { dataConverter, readPayload } from '../../src/temporal/data-converter.ts';
import { workerOptions } from '../../src/temporal/workers.ts';
import { PRODUCT, text } from '../sources.ts';

const SEAM = 'src/temporal/data-converter.ts';

test("only the data converter's own module knows the SDK's converters", () => {
  const others = PRODUCT.filter((file) => file !== SEAM);
  const wrong = others.filter((file) =>
    /\bdefault(?:Payload|Failure|Data)Converter\b|\bpayloadCodecs\b|\bPayloadConverter\b/.test(
      text(file),
    ),
  );
  assert.deepEqual(wrong, []);
});

test('every client and every worker takes the data converter', () => {
  const made = PRODUCT.filter((file) => /from '@temporalio\/(?:client|worker)'/.test(text(file)))
    .flatMap((file) => {
      const calls = text(file).matchAll(/\b(?:new \w*Client|Worker\.create)\(\{?[^;]*?\}\)/g);
      return [...calls].map(([call]) => ({ file, call }));
    })
    .sort((a, b) => a.file.localeCompare(b.file));
  assert.deepEqual(
    made.map(({ file }) => file),
    ['src/temporal/client.ts', 'src/temporal/connection/probe.ts', 'src/temporal/workers.ts'],
  );
  const without = made.filter(({ call }) => !/\bdataConverter\b|\bworkerOptions\(/.test(call));
  assert.deepEqual(without, []);
  const spec = { taskQueue: 'q', activities: {}, runsWorkflows: false };
  const options = workerOptions(spec, { codePath: '', workers: 1 });
  assert.equal(options.dataConverter, dataConverter);
});

test('what no client decodes is read through every codec, the last one first', async (t) => {
  const value = { accesses: ['pull:n1'] };
  const plain = defaultPayloadConverter.toPayload(value);
  assert.deepEqual(await readPayload(plain), value);
  assert.equal(await readPayload(undefined), undefined);
  const codecs = [codec(0x0f), prefixed('p')];
  use(t, codecs);
  const encoded = await encode(codecs, plain);
  assert.notDeepEqual(encoded.data, plain.data);
  assert.deepEqual(await readPayload(encoded), value);
});

test('the live view reads heartbeats through a codec', async (t) => {
  const codecs = [codec(0x55)];
  use(t, codecs);
  const step = { name: 'log in', outcome: 'passed', detail: 'it did', durationMs: 3 };
  const beat = defaultPayloadConverter.toPayload({ steps: [step] });
  const ending = new AbortController();
  const shown: unknown[] = [];
  await follow(
    handleWith(await encode(codecs, beat)),
    {
      step: (each) => {
        shown.push(each);
        ending.abort();
      },
      running: () => {},
      note: () => {},
      close: () => {},
    },
    AbortSignal.any([ending.signal, AbortSignal.timeout(10_000)]),
  );
  assert.deepEqual(shown, [step]);
});

/** A run with one activity under way, as far as the live view asks about it. */
function handleWith(heartbeat: Payload): WorkflowHandle {
  const pending = {
    activityType: { name: 'prove' },
    attempt: 1,
    heartbeatDetails: { payloads: [heartbeat] },
  };
  const handle: unknown = {
    client: { connection: { withDeadline: (_at: number, call: () => unknown) => call() } },
    query: async () => ({ steps: [], running: 'prove' }),
    describe: async () => ({ raw: { pendingActivities: [pending] } }),
  };
  return handle as WorkflowHandle;
}

function use(t: TestContext, codecs: readonly PayloadCodec[]): void {
  dataConverter.payloadCodecs.push(...codecs);
  t.after(() => dataConverter.payloadCodecs.splice(0));
}

async function encode(codecs: readonly PayloadCodec[], payload: Payload): Promise<Payload> {
  let payloads = [payload];
  for (const each of codecs) payloads = await each.encode(payloads);
  const [encoded] = payloads;
  assert.ok(encoded);
  return encoded;
}

function codec(key: number): PayloadCodec {
  const turn = async (payloads: Payload[]) =>
    mapPayloads(payloads, (data) => data.map((b) => b ^ key));
  return { encode: turn, decode: turn };
}

function prefixed(prefix: string): PayloadCodec {
  return {
    encode: async (payloads) =>
      mapPayloads(payloads, (data) => Buffer.concat([Buffer.from(prefix), data])),
    decode: async (payloads) =>
      mapPayloads(payloads, (data) => {
        assert.equal(Buffer.from(data).subarray(0, prefix.length).toString(), prefix);
        return data.subarray(prefix.length);
      }),
  };
}

function mapPayloads(payloads: Payload[], turn: (data: Uint8Array) => Uint8Array): Payload[] {
  return payloads.map((payload) => ({ ...payload, data: turn(payload.data ?? new Uint8Array()) }));
}
