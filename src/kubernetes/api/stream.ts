import { request } from 'undici';
import { failureOf, parse, readApiBody } from './response.ts';
import type { StreamCall } from './call.ts';
import type { Connection } from './connection.ts';
import { fromNoApiResponse } from './failure.ts';
import { USER_AGENT } from '../../user-agent.ts';

/** Opens a GET whose answer is a stream; see {@link Cluster.stream}. */
export async function openApiStream(
  connection: Connection,
  asked: StreamCall,
  timeoutMs: number,
): Promise<AsyncIterable<Uint8Array>> {
  const { path, query, signal, idleMs } = asked;
  const tried = `GET ${decodeURIComponent(path)}`;
  const credentials = await connection.credentials(signal);
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  try {
    const answer = await request(`${connection.server}${path}${search}`, {
      method: 'GET',
      dispatcher: connection.dispatcher,
      signal,
      headersTimeout: timeoutMs,
      bodyTimeout: idleMs,
      headers: { accept: '*/*', 'user-agent': USER_AGENT, ...credentials },
    });
    if (answer.statusCode < 300) return bytesOf(answer.body, { tried, connection, signal });
    if (answer.statusCode === 401) connection.renew(credentials);
    const retryAfter = answer.headers['retry-after'];
    throw failureOf(
      tried,
      {
        status: answer.statusCode,
        body: parse(await readApiBody(answer.body)),
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      },
      credentials,
    );
  } catch (error) {
    throw explain(error, { tried, connection, signal });
  }
}

interface StreamContext {
  readonly tried: string;
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

async function* bytesOf(
  body: AsyncIterable<Uint8Array>,
  asking: StreamContext,
): AsyncIterable<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((error: unknown) => {
        throw explain(error, asking);
      });
      if (done === true) return;
      yield value;
    }
  } finally {
    // A reader that stops early closes the connection.
    await iterator.return?.();
  }
}

function explain(error: unknown, { tried, connection, signal }: StreamContext): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof Error && error.name === 'ClusterFailure') return error;
  return fromNoApiResponse(tried, connection.place, error);
}
