import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { splitHostPort } from './origin.ts';
import type { Log, LogFields } from '../telemetry/log.ts';

/** One request and what belongs to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** The request's fields of every log line, without its id. */
export function requestFields(request: IncomingMessage): LogFields {
  const { headers } = request;
  const { 'content-type': contentType, referer } = headers;
  return {
    'http.request.host': headers.host ?? '',
    'http.request.method': request.method ?? '',
    'http.request.remoteaddr': remoteAddress(request),
    'http.request.uri': request.url ?? '',
    'http.request.useragent': headers['user-agent'] ?? '',
    ...(contentType === undefined ? {} : { 'http.request.contenttype': contentType }),
    ...(referer === undefined ? {} : { 'http.request.referer': referer }),
  };
}

/** A log with a request id of its own: the access line and the app's lines have different ids. */
export function withRequestId(log: Log, fields: LogFields): Log {
  return log.with({ ...fields, 'http.request.id': randomUUID() });
}

function remoteAddress(request: IncomingMessage): string {
  const forwarded = request.headers['x-forwarded-for'];
  const first = String(forwarded ?? '')
    .split(',')[0]
    ?.trim();
  if (first !== undefined && first !== '') {
    return splitHostPort(first)?.host ?? first;
  }
  return `${request.socket.remoteAddress ?? ''}:${request.socket.remotePort ?? ''}`;
}
