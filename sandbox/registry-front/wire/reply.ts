import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { goJson } from '../telemetry/go-format.ts';
import type { Log } from '../telemetry/log.ts';

/** An answer, ready to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Buffer | Readable;
  /** What the JSON body reports, for the log. */
  readonly errors?: readonly RegistryError[];
  /** Set on answers with a "response completed" line: the log with the caller's name. */
  readonly completed?: Log;
}

export function emptyReply(status: number, headers: OutgoingHttpHeaders = {}): Reply {
  return {
    status,
    headers,
  };
}

export function jsonReply(value: unknown, headers: OutgoingHttpHeaders = {}): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: goJson(value),
  };
}

/** Go's http.Error: the text gets a newline, and sniffing is forbidden. */
export function textReply(status: number, text: string, headers: OutgoingHttpHeaders = {}): Reply {
  return {
    status,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: `${text}\n`,
  };
}

/**
 * Sends a reply and returns the bytes that Go would count as written: on HEAD those of the omitted body.
 * Rejects if the client disconnects or a streamed body fails.
 */
export async function send(response: ServerResponse, reply: Reply): Promise<number> {
  const { status, headers, body } = reply;
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const sized = status === 204 || status === 304 ? {} : { 'Content-Length': length };
    response.writeHead(status, { ...sized, ...headers }).end(body);
    return length === 0 ? declaredLength(response, headers) : length;
  }
  let written = 0;
  body.on('data', (chunk: Buffer) => {
    written += chunk.length;
  });
  response.writeHead(status, headers);
  await pipeline(body, response);
  return written;
}

function declaredLength(response: ServerResponse, headers: OutgoingHttpHeaders): number {
  return response.req.method === 'HEAD' ? Number(headers['Content-Length'] ?? 0) : 0;
}

/** One entry of `errors`; `printed` is how Go prints the detail into the log, if not as it is. */
export interface RegistryError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
  readonly printed?: string;
}
