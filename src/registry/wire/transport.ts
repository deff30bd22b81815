import type { RegistryResponse } from './response.ts';
import { setImmediate } from 'node:timers/promises';
import { Pool } from 'undici';
import type { buildConnector } from 'undici';
import { fromBadResponse } from './bad-response.ts';
import type { FailedRequest } from './bad-response.ts';
import { readBodyText, readErrorText } from './body.ts';
import { whyForeignHead } from './front.ts';
import { abortable, dial } from '../../net/dial.ts';
import type { Destination } from '../../net/dial.ts';
import { fromNoResponse } from './no-response.ts';

/** Milliseconds. */
export interface Timeouts {
  /** To connect, TLS included. Default 5 s. */
  readonly connect: number;
  /** From the request to the answer's first line. Default 15 s. */
  readonly headers: number;
  /** Between two pieces of an answer. Default 30 s. */
  readonly body: number;
  /** One request and its answer in all; not for blobs, which may be large. Default 60 s. */
  readonly call: number;
}

export const TIMEOUTS: Timeouts = { connect: 5_000, headers: 15_000, body: 30_000, call: 60_000 };

/** One request. `path` has its query; `expect` are the statuses that `read` is called for. */
export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string;
  readonly body?: Uint8Array;
  readonly expect: readonly number[];
  /** The caller's: its reason is thrown as it is. */
  readonly signal: AbortSignal;
  /** For blobs: only the time between two pieces is limited. */
  readonly isBlob?: boolean;
}

/** Sends a request and reads its answer. Throws `RegistryFailure`. */
export type Exchange = <T>(
  ask: RegistryRequest,
  read: (answer: RegistryResponse) => Promise<T>,
) => Promise<T>;

/** The connections to one server, kept alive; every request uses them. */
export interface Transport {
  readonly origin: string;
  readonly exchange: Exchange;
  /**
   * Requests to an address that the registry named, with the same trust and timeouts. Another server gets
   * connections of its own, which are closed after `use`.
   */
  elsewhere<T>(
    url: URL,
    server: FailedRequest['server'],
    use: (exchange: Exchange) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** A transport whose requests carry a session's credentials, and whose refusals are explained. */
export interface Caller {
  readonly transport: Transport;
  readonly origin: string;
  readonly call: Exchange;
}

export interface TransportSettings extends Destination {
  /** The `User-Agent` of every request. */
  readonly agent: string;
  readonly timeouts: Timeouts;
  readonly server: FailedRequest['server'];
}

/** See `Transport`. Connections are made when they are needed. */
export function createTransport(settings: TransportSettings): Transport {
  const { url, timeouts } = settings;
  const closing = new AbortController();
  const pool = new Pool(url.origin, {
    connections: CONNECTIONS,
    connect: connectorFor(settings, closing.signal),
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  });
  return {
    origin: url.origin,
    exchange: (ask, read) => exchange(pool, settings, ask, read),
    elsewhere: async (there, server, use) => {
      if (there.origin === url.origin) {
        return use((ask, read) => exchange(pool, { ...settings, server }, ask, read));
      }
      const other = createTransport({ ...settings, url: there, connect: undefined, server });
      try {
        return await use(other.exchange);
      } finally {
        await other.close();
      }
    },
    close: async () => {
      closing.abort(new Error('the registry client was closed'));
      await pool.destroy();
    },
  };
}

const CONNECTIONS = 4;
const ERROR_BODY_LIMIT = 64 * 1024;

async function exchange<T>(
  pool: Pool,
  { url, timeouts, server, agent }: TransportSettings,
  ask: RegistryRequest,
  read: (answer: RegistryResponse) => Promise<T>,
): Promise<T> {
  const { method, expect } = ask;
  const asked: FailedRequest = {
    method,
    path: ask.path.split('?', 1)[0] ?? '/',
    origin: url.origin,
    server,
    isAuthorized: ask.authorization !== undefined,
    isBearer: ask.authorization?.startsWith('Bearer ') === true,
    secrets: secretsOf(ask),
  };
  try {
    ask.signal.throwIfAborted();
    const answer = await send(pool, ask, { timeouts, agent });
    try {
      // A login page also answers 200.
      const isForeign = whyForeignHead(asked, answer) !== undefined;
      if (!isForeign && expect.includes(answer.status)) return await read(answer);
      // The body of a front changes nothing; of the registry's own answer the error code is needed.
      const text = isForeign
        ? await readErrorText(answer)
        : await readBodyText(answer, ERROR_BODY_LIMIT);
      throw fromBadResponse(asked, { ...answer, text });
    } finally {
      answer.body.destroy();
      // undici frees a connection one turn of the event loop after the answer's end. Without this wait, the
      // next request would open another.
      await setImmediate();
    }
  } catch (error) {
    if (ask.signal.aborted) throw ask.signal.reason;
    throw fromNoResponse({ method, path: asked.path, origin: url.origin }, error);
  }
}

async function send(
  pool: Pool,
  ask: RegistryRequest,
  { timeouts, agent }: Pick<TransportSettings, 'timeouts' | 'agent'>,
): Promise<RegistryResponse> {
  const { method, path, authorization, body } = ask;
  const signal = ask.isBlob
    ? ask.signal
    : AbortSignal.any([ask.signal, AbortSignal.timeout(timeouts.call)]);
  const headers = {
    ...ask.headers,
    'user-agent': agent,
    ...(authorization === undefined ? {} : { authorization }),
  };
  // undici obeys the signal only once it has a connection: this aborts the wait for one.
  const response = await abortable(
    pool.request({ method, path, headers, body: body ?? null, signal }),
    signal,
  );
  // The reader of the body gets its error; an error of a body that is destroyed must not be unhandled.
  response.body.on('error', () => {});
  return { status: response.statusCode, headers: response.headers, body: response.body };
}

function connectorFor(settings: TransportSettings, closing: AbortSignal): buildConnector.connector {
  return (_options, done) => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(settings.timeouts.connect)]);
    void dial(settings, signal).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, null),
    );
  };
}

/** The credentials in every form in which a server could send them back. */
function secretsOf({ authorization, path }: RegistryRequest): readonly string[] {
  const query = [...new URLSearchParams(path.split('?')[1]).values()].filter(
    (value) => value.length >= SIGNATURE_LENGTH,
  );
  if (authorization === undefined) return query;
  const [scheme, value = ''] = authorization.split(' ');
  const decoded = Buffer.from(value, 'base64').toString();
  return scheme === 'Basic'
    ? [...query, value, decoded.slice(decoded.indexOf(':') + 1)]
    : [...query, value];
}

// Shorter values (an account's name, a page size) are no secrets, and messages may contain the same text.
const SIGNATURE_LENGTH = 16;
