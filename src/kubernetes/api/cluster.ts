import type { Call } from './call.ts';
import type { StreamCall } from './call.ts';
import { request } from 'undici';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import { ClusterFailure, fromNoApiResponse, isNotFound } from './failure.ts';
import { failureOf, parse, readApiBody } from './response.ts';
import type { ApiResponse } from './response.ts';
import { openApiStream } from './stream.ts';
import { USER_AGENT } from '../../user-agent.ts';

const TIMEOUT_MS = 15_000;

// A server that does not support this sends whole objects, of which only the metadata is read.
const METADATA_ONLY =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json';

/** A cluster's API, with the rights of the account in the kubeconfig. */
export interface Cluster {
  readonly connection: Connection;
  /**
   * Sends one request, with a timeout of 15 s, and parses the answer with the schema. Throws a
   * ClusterFailure for every answer but 2xx, and if no answer came. An abort by the caller's own signal is
   * thrown unchanged.
   */
  call<T>(schema: z.ZodType<T>, call: Call): Promise<T>;
  /**
   * Sends one GET and yields the answer's bytes as they arrive, without a limit. Throws as {@link call} does
   * if there is no 2xx within 15 s. Reading throws if no bytes come for `idleMs`, or the connection breaks.
   */
  stream(asked: StreamCall): Promise<AsyncIterable<Uint8Array>>;
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
      { failureCause: 'configuration' },
    );
  };
  return {
    connection,
    call,
    stream: (asked) => openApiStream(connection, asked, timeoutMs),
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

/**
 * Whether a name can be a path segment, by upstream's path.ValidatePathSegmentName: every object of OpenShift
 * and of RBAC has such a name.
 */
export function isSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name);
}

/**
 * Joins path segments, each encoded: `path('api', 'v1', 'namespaces', name)`. Throws a RangeError for
 * `.` and `..`, which change a URL's path, and for an empty one, which names a whole list.
 */
export function path(...segments: readonly string[]): string {
  const wrong = segments.find((each) => each === '' || each === '.' || each === '..');
  if (wrong !== undefined) {
    throw new RangeError(`${JSON.stringify(wrong)} cannot be the name of an object of the cluster`);
  }
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

/** For calls whose answer does not matter. */
export const anything = z.unknown();

async function send(connection: Connection, asked: Call, timeoutMs: number): Promise<unknown> {
  const tried = triedBy(asked);
  const credentials = await connection.credentials(asked.signal);
  const deadline = AbortSignal.timeout(timeoutMs);
  const answer = await exchange(connection, asked, { credentials, deadline }).catch(
    (error: unknown) => {
      if (asked.signal?.aborted === true) throw error;
      throw fromNoApiResponse(tried, connection.place, error);
    },
  );
  // A redirect is a failure too: the API sends none, and following it would show the token to another server.
  if (answer.status < 300) return answer.body;
  if (answer.status === 401) connection.renew(credentials);
  throw failureOf(tried, answer, credentials);
}

async function exchange(
  { server, dispatcher }: Connection,
  { method, path: asked, query, body, signal, metadataOnly = false }: Call,
  { credentials, deadline }: ExchangeOptions,
): Promise<ApiResponse> {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const json = body === undefined ? {} : { 'content-type': type };
  const answer = await request(`${server}${asked}${search}`, {
    method,
    dispatcher,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    headers: {
      accept: metadataOnly ? METADATA_ONLY : 'application/json',
      'user-agent': USER_AGENT,
      ...json,
      ...credentials,
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const retryAfter = answer.headers['retry-after'];
  return {
    status: answer.statusCode,
    body: parse(await readApiBody(answer.body)),
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  };
}

interface ExchangeOptions {
  readonly credentials: Readonly<Record<string, string>>;
  readonly deadline: AbortSignal;
}

function triedBy({ method, path: asked }: Call): string {
  return `${method} ${decodeURIComponent(asked)}`;
}
