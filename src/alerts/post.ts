import { Agent, request } from 'undici';
import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_ADVICE,
  certificateFlawOf,
} from '../domain/wire/certificate-flaw.ts';
import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';
import { parseRetryAfter } from '../domain/wire/retry-after.ts';
import { USER_AGENT } from '../user-agent.ts';

const RESPONSE_WITHIN_MS = 10_000;
/** The longest `Retry-After` that is honoured: delivery is tried for three days (docs/decisions/0018). */
const RETRY_AFTER_AT_MOST_MS = 3_600_000;
const SHOWN_AT_MOST = 160;
/** No more of a response is read. */
const READ_AT_MOST = 65_536;

/** A request of a notifier to its server. */
export interface NotifierRequest {
  /** The notifier's name, for messages. */
  readonly notifier: string;
  /** May hold a secret: messages show only its origin. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The CA certificates to trust instead of the default ones, in PEM. */
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
  /** The part of a response that may be shown. Default: none, since it may repeat the secret. */
  readonly shows?: (answer: string) => string | undefined;
}

/**
 * Posts, and resolves to the status and the part of the response that may be shown. Redirects are not
 * followed: the body names hosts and may be signed, so only the configured server may have it. Throws
 * `PurserError` for any status but 2xx.
 */
export async function post(call: NotifierRequest, body: string): Promise<string> {
  return (await send({ ...call, method: 'POST', body })).result;
}

/** Gets, by the same rules; resolves to the text of the response. */
export async function get(call: NotifierRequest): Promise<string> {
  return (await send({ ...call, method: 'GET' })).text;
}

interface HttpRequest extends NotifierRequest {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

async function send(
  call: HttpRequest,
): Promise<{ readonly result: string; readonly text: string }> {
  const { method, url, headers, body = null, ca } = call;
  const origin = originOf(call);
  const action = `notifier ${call.notifier}: ${method} to ${origin}`;
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(RESPONSE_WITHIN_MS)]);
  const dispatcher = new Agent({
    connect: {
      timeout: RESPONSE_WITHIN_MS,
      allowPartialTrustChain: true,
      ...(ca === undefined ? {} : { ca }),
    },
  });
  try {
    const all = { 'user-agent': USER_AGENT, ...headers };
    const response = await request(url, { method, headers: all, body, dispatcher, signal });
    const text = await readStart(response.body);
    const result = `${response.statusCode}${shownOf(call, text)}`;
    if (response.statusCode >= 200 && response.statusCode < 300) return { result, text };
    const { location, 'retry-after': retryAfter } = response.headers;
    const what = `${action} was answered ${result}`;
    throw refused(what, { status: response.statusCode, location, retryAfter });
  } catch (error) {
    if (error instanceof PurserError) throw error;
    call.signal.throwIfAborted();
    throw unreachable(action, error);
  } finally {
    await dispatcher.destroy();
  }
}

function shownOf({ shows }: NotifierRequest, text: string): string {
  const shown = withoutSecrets(shows?.(text) ?? '')
    .slice(0, SHOWN_AT_MOST)
    .trim();
  return shown === '' ? '' : ` (${shown})`;
}

function originOf({ notifier, url }: NotifierRequest): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && ['http:', 'https:'].includes(parsed.protocol)) {
    if (parsed.username === '' && parsed.password === '') return parsed.origin;
    throw new PurserError(
      'NotConfigured',
      `notifier ${notifier}: its URL holds a user name or a password, which is not sent. Remove it, and use the notifier's own settings (alertmanager: token, or user and password)`,
    );
  }
  throw new PurserError(
    'NotConfigured',
    `notifier ${notifier}: its URL is not an http or https URL (it is not shown: it may hold a secret)`,
  );
}

async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length >= READ_AT_MOST) break;
  }
  return text.slice(0, READ_AT_MOST).replaceAll(/[\s\p{Cc}]+/gu, ' ');
}

interface RefusedResponse {
  readonly status: number;
  readonly location: string | string[] | undefined;
  readonly retryAfter: string | string[] | undefined;
}

function refused(what: string, { status, location, retryAfter }: RefusedResponse): PurserError {
  if (status >= 300 && status < 400) {
    const elsewhere = URL.canParse(String(location))
      ? ` to ${new URL(String(location)).origin}`
      : '';
    return new PurserError(
      'NotConfigured',
      `${what}: a redirect${elsewhere}, which is not followed; name the right URL in purser.yaml`,
    );
  }
  const retryAfterMs = parseRetryAfter(retryAfter, { atMostMs: RETRY_AFTER_AT_MOST_MS });
  return new PurserError(typeOf(status), `${what}; ${adviceFor(status)}`, { retryAfterMs });
}

function typeOf(status: number): FailureType {
  if (status === 429) return 'RateLimited';
  if (status === 401 || status === 403) return 'Forbidden';
  return status >= 500 || status === 408 ? 'ServerError' : 'NotConfigured';
}

function adviceFor(status: number): string {
  if (status === 429) return 'Purser retries after the time that the server asks for';
  if (status === 401 || status === 403) return 'check its secret and its permissions there';
  if (status >= 500 || status === 408) return 'check the log of that server';
  return 'check its URL in purser.yaml, and what that server expects';
}

// undici's errors name hosts and ports, never a path. A secret would be in the path.
function unreachable(action: string, error: unknown): PurserError {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const reason = isLate
    ? `no answer within ${RESPONSE_WITHIN_MS / 1_000} s`
    : error instanceof Error
      ? `${error.message}${'code' in error ? ` (${String(error.code)})` : ''}`
      : 'unknown error';
  return new PurserError('Unreachable', `${action} failed: ${reason}; ${connectionAdvice(error)}`);
}

function connectionAdvice(error: unknown): string {
  const flaw = certificateFlawOf(error);
  if (flaw === undefined) return 'check name, proxy and firewall';
  const advice =
    flaw === 'unknown-issuer'
      ? 'name the CA that signed it as ca: of the notifier'
      : CERTIFICATE_ADVICE[flaw];
  return `${CERTIFICATE_FLAWS[flaw]}: ${advice}`;
}
