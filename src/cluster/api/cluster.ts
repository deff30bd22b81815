import { request } from 'undici';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import { ClusterFailure, fromAnswer, fromSilence, isNotFound } from './failure.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_AT_MOST = 32 * 1024 * 1024;

/** One call of the cluster's API. `path` is encoded already; see {@link path}. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** A cluster's API, with the rights of the account in the kubeconfig. */
export interface Cluster {
  readonly connection: Connection;
  /**
   * Sends one request, with a timeout of 15 s, and parses the answer with the schema. Throws a
   * ClusterFailure for every answer but 2xx, and where no answer came; an abort by the
   * caller's own signal is passed on as it is.
   */
  call<T>(schema: z.ZodType<T>, call: Call): Promise<T>;
  /** {@link call}, with undefined for a 404. */
  find<T>(schema: z.ZodType<T>, call: Call): Promise<T | undefined>;
}

/** `timeoutMs` is for tests. */
export function createCluster(connection: Connection, timeoutMs = TIMEOUT_MS): Cluster {
  const call: Cluster['call'] = async (schema, asked) => {
    const answer = schema.safeParse(await send(connection, asked, timeoutMs));
    if (answer.success) return answer.data;
    const [issue] = answer.error.issues;
    throw new ClusterFailure(
      `${triedBy(asked)}: the answer is not what the API promises (${issue?.path.join('.')}: ${issue?.message})`,
      { why: 'configuration' },
    );
  };
  return {
    connection,
    call,
    find: async (schema, asked) => {
      try {
        return await call(schema, asked);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Joins path segments, each encoded: `path('api', 'v1', 'namespaces', name)`. */
export function path(...segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

/** For calls whose answer does not matter. */
export const anything = z.unknown();

async function send(connection: Connection, asked: Call, timeoutMs: number): Promise<unknown> {
  const tried = triedBy(asked);
  const credentials = await connection.credentials();
  const deadline = AbortSignal.timeout(timeoutMs);
  const answer = await exchange(connection, asked, { credentials, deadline }).catch(
    (error: unknown) => {
      if (asked.signal?.aborted === true) throw error;
      throw fromSilence(tried, connection.server, error);
    },
  );
  // A redirect is no answer either: the API sends none, and following it would show the token around.
  if (answer.status < 300) return answer.body;
  const status = statusSchema.parse(withoutSecrets(answer.body, credentials));
  throw fromAnswer(tried, answer.status, status, answer.retryAfter);
}

// What stands between may quote the request that it did not like, with its token.
function withoutSecrets(body: unknown, credentials: Readonly<Record<string, string>>): unknown {
  const secrets = Object.values(credentials).map((value) => value.replace(/^\w+ /, ''));
  const text = secrets.reduce(
    (left, secret) => (secret === '' ? left : left.replaceAll(secret, '(secret)')),
    JSON.stringify(body),
  );
  return parse(text);
}

async function exchange(
  { server, dispatcher }: Connection,
  { method, path: asked, query, body, signal }: Call,
  { credentials, deadline }: With,
): Promise<Answer> {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await request(`${server}${asked}${search}`, {
    method,
    dispatcher,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    headers: { accept: 'application/json', 'user-agent': 'purser', ...json, ...credentials },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const retryAfter = answer.headers['retry-after'];
  return {
    status: answer.statusCode,
    body: parse(await readText(answer.body)),
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  };
}

interface With {
  readonly credentials: Readonly<Record<string, string>>;
  readonly deadline: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
}

const statusSchema = z
  .object({ message: z.string().optional(), reason: z.string().optional() })
  .catch({})
  .transform(({ message, reason }) => ({
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
  }));

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_AT_MOST) throw new Error(`the answer is larger than ${ANSWER_AT_MOST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in between answers in its own words; what matters of them is that they are not the API's.
    return { message: text.slice(0, 200) };
  }
}

function triedBy({ method, path: asked }: Call): string {
  return `${method} ${decodeURIComponent(asked)}`;
}
