import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { errorReply } from './errors.ts';
import type { RegistryError, Reply } from './reply.ts';
import { requestFields, withRequestId } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { FaultBox } from '../faults.ts';
import { goDuration } from '../telemetry/go-format.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { emptyReply, send, textReply } from './reply.ts';

/** What distribution notes for a client that left before it was answered. */
const CLIENT_GONE = 499;

interface Outer {
  readonly log: Log;
  readonly faults: FaultBox;
  readonly metrics: Metrics;
  readonly dispatch: (exchange: Exchange) => Promise<Reply>;
}

/**
 * One request from the outside in, as openshift-facts.md 1.1 orders it: access log, health gate,
 * /healthz and /, request limiter, and only then the counted app. Never rejects.
 */
export function createServe({ log, faults, metrics, dispatch }: Outer) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = process.hrtime.bigint();
    const fields = requestFields(request);
    const exchange = exchangeOf(request, response, withRequestId(log, fields));
    let answer: Sent = { status: CLIENT_GONE, written: 0, contentType: undefined };
    try {
      await misbehave(faults, exchange.signal);
      const gate = gateReply(faults, exchange.path);
      if (gate !== undefined) {
        answer = await sent(response, gate);
      } else {
        metrics.started();
        try {
          const reply = await dispatch(exchange);
          answer = { ...answer, status: reply.status };
          answer = await sent(response, reply);
          logCompleted(reply, exchange.method, responseFields(answer, start));
        } finally {
          metrics.finished(measured(request, answer, start));
        }
      }
    } catch (error) {
      // Headers may be out already, so all that is left is to break off; a client that left knows.
      if (!exchange.signal.aborted) {
        exchange.log.error(`response broke off: ${String(error)}`);
      }
      response.destroy();
    }
    withRequestId(log, fields).info('response', responseFields(answer, start));
  };
}

interface Sent {
  readonly status: number;
  readonly written: number;
  readonly contentType: string | undefined;
}

async function sent(response: ServerResponse, reply: Reply): Promise<Sent> {
  const written = await send(response, reply);
  const contentType = reply.headers['Content-Type'];
  return {
    status: reply.status,
    written,
    contentType: contentType === undefined ? undefined : String(contentType),
  };
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, log: Log): Exchange {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
  return {
    request,
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(search),
    signal: controller.signal,
    log,
  };
}

async function misbehave({ current }: FaultBox, signal: AbortSignal): Promise<void> {
  if (current.slowMs !== undefined) {
    await delay(current.slowMs, undefined, { signal });
  }
  if (current.hang === true) {
    await new Promise((_, reject) => {
      signal.addEventListener('abort', reject, { once: true });
    });
  }
}

function gateReply({ current }: FaultBox, path: string): Reply | undefined {
  if (current.unhealthy === true) {
    const detail = 'health check failed: please see /debug/health';
    return errorReply('UNAVAILABLE', { detail });
  }
  if (path === '/healthz' || path === '/') {
    return emptyReply(200, { 'Cache-Control': 'no-cache' });
  }
  return current.requestLimit === true
    ? textReply(429, 'Too many requests, please try again later.', { 'Retry-After': '1' })
    : undefined;
}

function responseFields(answer: Sent, start: bigint): LogFields {
  return {
    ...(answer.contentType === undefined
      ? {}
      : { 'http.response.contenttype': answer.contentType }),
    'http.response.duration': goDuration(process.hrtime.bigint() - start),
    'http.response.status': answer.status,
    'http.response.written': answer.written,
  };
}

function logCompleted(
  { completed, errors = [], status }: Reply,
  method: string,
  fields: LogFields,
): void {
  if (completed === undefined) {
    return;
  }
  if (errors.length === 0 && status < 400) {
    completed.info('response completed', fields);
  }
  for (const error of errors) {
    const missingOnHead = status === 404 && method === 'HEAD';
    const line = missingOnHead ? completed.info : completed.error;
    line('response completed with error', { ...fields, ...errorFields(error) });
  }
}

function errorFields({ code, message, detail, printed }: RegistryError): LogFields {
  return {
    'err.code': code.replaceAll('_', ' ').toLowerCase(),
    'err.message': message,
    ...(detail === undefined || detail === null
      ? {}
      : { 'err.detail': printed ?? printOf(detail) }),
  };
}

function printOf(detail: unknown): string {
  return typeof detail === 'string' ? detail : JSON.stringify(detail);
}

function measured(request: IncomingMessage, answer: Sent, start: bigint) {
  return {
    code: answer.status,
    method: request.method ?? '',
    seconds: Number(process.hrtime.bigint() - start) / 1e9,
    requestBytes: requestSize(request),
    responseBytes: answer.written,
  };
}

/** The size as the Go client estimates it: request line, headers and declared body. */
function requestSize({ method = '', url = '', rawHeaders, headers }: IncomingMessage): number {
  return (
    method.length +
    url.length +
    rawHeaders.reduce((sum, text) => sum + text.length, 0) +
    Number(headers['content-length'] ?? 0)
  );
}
