import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { errorReply } from './errors.ts';
import type { RegistryError, Reply } from './reply.ts';
import { requestFields, withRequestId } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { FaultState } from '../faults.ts';
import { goDuration } from '../telemetry/go-format.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { emptyReply, send, textReply } from './reply.ts';

/** The status that distribution logs if a client disconnects before its answer. */
const CLIENT_GONE = 499;

interface ServeOptions {
  readonly log: Log;
  readonly faults: FaultState;
  readonly metrics: Metrics;
  readonly dispatch: (exchange: Exchange) => Promise<Reply>;
}

/**
 * Serves one request in the order of openshift-facts.md 1.1: access log, health gate, /healthz and /,
 * request limiter, and then the app with its metrics. Never rejects.
 */
export function createServe({ log, faults, metrics, dispatch }: ServeOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = process.hrtime.bigint();
    const fields = requestFields(request);
    const exchange = exchangeOf(request, response, withRequestId(log, fields));
    let answer: SentResponse = { status: CLIENT_GONE, written: 0, contentType: undefined };
    try {
      await applyFaults(faults, exchange.signal);
      const gate = gateReply(faults, exchange.path);
      if (gate !== undefined) {
        answer = await sendReply(response, gate);
      } else {
        metrics.started();
        try {
          const reply = await dispatch(exchange);
          answer = { ...answer, status: reply.status };
          answer = await sendReply(response, reply);
          logCompleted(reply, exchange.method, responseFields(answer, start));
        } finally {
          metrics.finished(measured(request, answer, start));
        }
      }
    } catch (error) {
      // The headers may be sent already, so the connection is closed; a client that disconnected knows.
      if (!exchange.signal.aborted) {
        exchange.log.error(`response broke off: ${String(error)}`);
      }
      response.destroy();
    }
    withRequestId(log, fields).info('response', responseFields(answer, start));
  };
}

interface SentResponse {
  readonly status: number;
  readonly written: number;
  readonly contentType: string | undefined;
}

async function sendReply(response: ServerResponse, reply: Reply): Promise<SentResponse> {
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

async function applyFaults({ current }: FaultState, signal: AbortSignal): Promise<void> {
  if (current.slowMs !== undefined) {
    await delay(current.slowMs, undefined, { signal });
  }
  if (current.hang === true) {
    await new Promise((_, reject) => {
      signal.addEventListener('abort', reject, { once: true });
    });
  }
}

function gateReply({ current }: FaultState, path: string): Reply | undefined {
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

function responseFields(answer: SentResponse, start: bigint): LogFields {
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

function measured(request: IncomingMessage, answer: SentResponse, start: bigint) {
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
