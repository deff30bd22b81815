import { readFile } from 'node:fs/promises';
import { Pool } from 'undici';
import { z } from 'zod';
import type { FrontConfig } from './config.ts';

/** The credentials of a call: a caller's token, none, or the registry's own. */
export type Credentials = { readonly token: string } | 'anonymous' | 'registry';

/** The cluster API's response; after a failure the body is a Kubernetes Status if it could be read. */
export interface ClusterResponse {
  readonly status: number;
  readonly body: unknown;
}

export interface Cluster {
  readonly get: (path: string, as: Credentials, signal: AbortSignal) => Promise<ClusterResponse>;
  readonly post: (
    path: string,
    body: unknown,
    call: { readonly as: Credentials; readonly signal: AbortSignal },
  ) => Promise<ClusterResponse>;
  readonly close: () => Promise<void>;
}

const CONNECTIONS = 64;
const ANSWER_WITHIN_MS = 10_000;

/**
 * The cluster API over one pool of kept-alive connections. Nothing is cached: a role that is granted or
 * revoked takes effect at the next request. Rejects if the API cannot be reached.
 */
export async function openCluster(config: FrontConfig['cluster']): Promise<Cluster> {
  const ca = config.caFile === undefined ? undefined : await readFile(config.caFile, 'utf8');
  const ownToken = (await readFile(config.tokenFile, 'utf8')).trim();
  const pool = new Pool(config.server, {
    connections: CONNECTIONS,
    headersTimeout: ANSWER_WITHIN_MS,
    bodyTimeout: ANSWER_WITHIN_MS,
    ...(ca === undefined ? {} : { connect: { ca } }),
  });

  const call = async (
    request: { method: 'GET' | 'POST'; path: string; body?: string },
    as: Credentials,
    signal: AbortSignal,
  ): Promise<ClusterResponse> => {
    const answer = await pool.request({ ...request, headers: headersFor(as, ownToken), signal });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parseJson(text) };
  };

  return {
    get: (path, as, signal) => call({ method: 'GET', path }, as, signal),
    post: (path, body, { as, signal }) =>
      call({ method: 'POST', path, body: JSON.stringify(body) }, as, signal),
    close: () => pool.destroy(),
  };
}

function headersFor(as: Credentials, ownToken: string): Record<string, string> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
  if (as === 'anonymous') {
    return headers;
  }
  return { ...headers, Authorization: `Bearer ${as === 'registry' ? ownToken : as.token}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NO_DETAILS = { kind: '', name: '' };

const statusSchema = z.object({
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({ kind: z.string().default(''), name: z.string().default('') })
    .nullish()
    .transform((details) => details ?? NO_DETAILS),
});

const UNREADABLE = { message: '', reason: '', details: NO_DETAILS };

export interface StatusError {
  readonly status: number;
  /** As client-go prints the error. */
  readonly message: string;
  /** Empty if the API gave none. */
  readonly reason: string;
  readonly kind: string;
  readonly name: string;
}

/** The error that client-go would make of a failed answer. */
export function statusError({ status, body }: ClusterResponse): StatusError {
  const { message, reason, details } = statusSchema.safeParse(body).data ?? UNREADABLE;
  return {
    status,
    message: message || `the server responded with the status code ${status}`,
    reason,
    ...details,
  };
}

/** For an API that could not be reached at all. */
export function unreachable(error: unknown): StatusError {
  return {
    status: 0,
    message: error instanceof Error ? error.message : String(error),
    reason: '',
    kind: '',
    name: '',
  };
}
