import { Agent } from 'undici';

const ANSWER_WITHIN_MS = 10_000;
const CONNECTIONS = 32;

/** One key of etcd. Revisions are decimal strings, as the JSON gateway writes 64-bit numbers. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: string;
  readonly modRevision: string;
}

/** Which keys: one, or all that begin with a prefix. */
export type KeyRange = { readonly key: string } | { readonly prefix: string };

/** A write that happens only with all the others of its transaction. */
export interface Write {
  readonly key: string;
  /** `0` means that the key must not exist; otherwise the modification revision that the key must have. */
  readonly ifRevision: string;
  /** Absent: the key is deleted. */
  readonly value?: string;
  /** Absent: a new key has no lease, an existing one keeps its lease. */
  readonly lease?: string;
}

/** A batch of changes; `compacted` ends the stream, because etcd no longer has the start revision. */
export interface WatchBatch {
  readonly revision: string;
  readonly compacted: boolean;
  readonly changes: readonly {
    readonly current: KeyValue;
    readonly deleted: boolean;
    readonly previous: KeyValue | undefined;
  }[];
}

export type Etcd = ReturnType<typeof createEtcd>;

/**
 * etcd over its JSON gateway (v3 API: /v3/kv/txn, /v3/watch, /v3/lease/grant), with kept-alive connections.
 * Every function throws an Error that names the address, the call and etcd's answer.
 */
export function createEtcd(url: string) {
  const agent = new Agent({ connections: CONNECTIONS, headersTimeout: ANSWER_WITHIN_MS });
  // Watches have connections of their own: a watch may be silent for hours and would use up those of the
  // calls.
  const watchAgent = new Agent({ bodyTimeout: 0 });

  const call = async (path: string, body: unknown): Promise<GatewayResponse> =>
    await post({ agent, url, path }, body);

  return {
    /** Reads several ranges at one revision, in the given order. */
    async read(ranges: readonly KeyRange[]): Promise<{ revision: string; found: KeyValue[][] }> {
      const success = ranges.map((range) => ({ request_range: rangeOf(range) }));
      const answer = await call('/v3/kv/txn', { success });
      const responses = answer.responses ?? [];
      return {
        revision: answer.header.revision,
        found: responses.map(({ response_range }) => (response_range?.kvs ?? []).map(keyValue)),
      };
    },

    async count(range: KeyRange): Promise<number> {
      const answer = await call('/v3/kv/range', { ...rangeOf(range), count_only: true });
      return Number(answer.count ?? '0');
    },

    /** All writes or none. Returns the new revision, or `undefined` if a key was not as expected. */
    async write(writes: readonly Write[]): Promise<string | undefined> {
      const answer = await call('/v3/kv/txn', {
        compare: writes.map(({ key, ifRevision }) => compareOf(key, ifRevision)),
        success: writes.map(operationOf),
      });
      return answer.succeeded === true ? answer.header.revision : undefined;
    },

    /** A lease of that many whole seconds; etcd rounds anything below two up. */
    async grantLease(seconds: number): Promise<string> {
      const { ID } = await call('/v3/lease/grant', { TTL: String(seconds) });
      if (ID === undefined) {
        throw new Error(`etcd at ${url} granted no lease of ${seconds} s`);
      }
      return ID;
    },

    /**
     * Changes from a revision on, until aborted. Without changes, a batch reports the progress every ten
     * minutes.
     */
    watch: (range: KeyRange, startRevision: string, signal: AbortSignal) =>
      watchFrom({ agent: watchAgent, url, range, startRevision, signal }),

    async close(): Promise<void> {
      await Promise.all([agent.destroy(), watchAgent.destroy()]);
    },
  };
}

async function post(
  { agent, url, path }: { agent: Agent; url: string; path: string },
  body: unknown,
): Promise<GatewayResponse> {
  const response = await agent.request({
    origin: url,
    path,
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (response.statusCode !== 200) {
    const text = (await response.body.text()).slice(0, 300);
    throw new Error(`etcd at ${url} answered ${response.statusCode} to ${path}: ${text}`);
  }
  return (await response.body.json()) as GatewayResponse;
}

async function* watchFrom(parts: {
  agent: Agent;
  url: string;
  range: KeyRange;
  startRevision: string;
  signal: AbortSignal;
}): AsyncGenerator<WatchBatch> {
  const { agent, url, range, startRevision, signal } = parts;
  const create_request = {
    ...rangeOf(range),
    start_revision: startRevision,
    prev_kv: true,
    progress_notify: true,
  };
  const { body } = await agent.request({
    origin: url,
    path: '/v3/watch',
    method: 'POST',
    signal,
    body: JSON.stringify({ create_request }),
  });
  for await (const line of linesOf(body)) {
    const { result } = JSON.parse(line) as WatchResponse;
    if (result !== undefined && result.created !== true) {
      yield batchOf(result);
    }
  }
}

/** node:readline would leave an abort of the body as an unhandled error event. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

interface RawKeyValue {
  readonly key: string;
  readonly value?: string;
  readonly create_revision?: string;
  readonly mod_revision?: string;
}

interface GatewayResponse {
  readonly header: { readonly revision: string };
  readonly succeeded?: boolean;
  readonly count?: string;
  readonly ID?: string;
  readonly responses?: readonly {
    readonly response_range?: { readonly kvs?: readonly RawKeyValue[] };
  }[];
}

interface WatchResponse {
  readonly result?: {
    readonly header: { readonly revision: string };
    readonly created?: boolean;
    readonly compact_revision?: string;
    readonly events?: readonly {
      readonly type?: 'DELETE';
      readonly kv: RawKeyValue;
      readonly prev_kv?: RawKeyValue;
    }[];
  };
}

function batchOf(result: NonNullable<WatchResponse['result']>): WatchBatch {
  return {
    revision: result.header.revision,
    compacted: (result.compact_revision ?? '0') !== '0',
    changes: (result.events ?? []).map(({ type, kv, prev_kv }) => ({
      current: keyValue(kv),
      deleted: type === 'DELETE',
      previous: prev_kv === undefined ? undefined : keyValue(prev_kv),
    })),
  };
}

function compareOf(key: string, ifRevision: string) {
  const base = { key: encode(key), result: 'EQUAL' };
  return ifRevision === '0'
    ? { ...base, target: 'CREATE', create_revision: '0' }
    : { ...base, target: 'MOD', mod_revision: ifRevision };
}

function operationOf({ key, ifRevision, value, lease }: Write) {
  if (value === undefined) {
    return { request_delete_range: { key: encode(key) } };
  }
  const put = { key: encode(key), value: encode(value) };
  if (lease !== undefined) {
    return { request_put: { ...put, lease } };
  }
  return { request_put: ifRevision === '0' ? put : { ...put, ignore_lease: true } };
}

function rangeOf(range: KeyRange) {
  if ('key' in range) {
    return { key: encode(range.key) };
  }
  // etcd's idiom for a prefix: up to the prefix with its last byte raised by one.
  const last = range.prefix.length - 1;
  const end = range.prefix.slice(0, last) + String.fromCharCode(range.prefix.charCodeAt(last) + 1);
  return { key: encode(range.prefix), range_end: encode(end) };
}

function keyValue(raw: RawKeyValue): KeyValue {
  return {
    key: decode(raw.key),
    value: decode(raw.value ?? ''),
    createRevision: raw.create_revision ?? '0',
    modRevision: raw.mod_revision ?? '0',
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
