import { Agent, request } from 'undici';
import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_MENDS,
  certificateFlawOf,
} from '../domain/wire/certificate-flaw.ts';
import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';
import { parseRetryAfter } from '../domain/wire/retry-after.ts';
import { USER_AGENT } from '../user-agent.ts';

const ANSWER_WITHIN_MS = 10_000;
/** A notifier may take its time: telling lasts three days (docs/decisions/0018). */
const ASKED_AT_MOST_MS = 3_600_000;
const SHOWN = 160;
/** More of an answer is not read: nobody needs it. */
const READ = 65_536;

/** What a notifier asks of a server. */
export interface NotifierRequest {
  /** Who asks: the notifier's name, for messages. */
  readonly notifier: string;
  /** May hold a secret: messages show no more of it than its origin. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM text that vouches for the server instead of the usual authorities. */
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
  /** What of an answer may be shown; others may hold the secret again. Default: none. */
  readonly shows?: (answer: string) => string | undefined;
}

/**
 * Posts, and resolves to the status and what of the answer may be shown. Redirects are not followed:
 * a body with names of hosts, or a signature, is for the server that was named. Throws `PurserError`
 * for everything but a 2xx.
 */
export async function post(call: NotifierRequest, body: string): Promise<string> {
  return (await ask({ ...call, method: 'POST', body })).said;
}

/** Gets, with the same rules; resolves to the text of the answer. */
export async function get(call: NotifierRequest): Promise<string> {
  return (await ask({ ...call, method: 'GET' })).text;
}

interface HttpRequest extends NotifierRequest {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

async function ask(call: HttpRequest): Promise<{ readonly said: string; readonly text: string }> {
  const { method, url, headers, body = null, ca } = call;
  const origin = originOf(call);
  const tried = `notifier ${call.notifier}: ${method} to ${origin}`;
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const dispatcher = new Agent({
    connect: {
      timeout: ANSWER_WITHIN_MS,
      allowPartialTrustChain: true,
      ...(ca === undefined ? {} : { ca }),
    },
  });
  try {
    const all = { 'user-agent': USER_AGENT, ...headers };
    const answer = await request(url, { method, headers: all, body, dispatcher, signal });
    const text = await readSome(answer.body);
    const said = `${answer.statusCode}${shownOf(call, text)}`;
    if (answer.statusCode >= 200 && answer.statusCode < 300) return { said, text };
    const { location, 'retry-after': retryAfter } = answer.headers;
    const what = `${tried} was answered ${said}`;
    throw refused(what, { status: answer.statusCode, location, retryAfter });
  } catch (error) {
    if (error instanceof PurserError) throw error;
    call.signal.throwIfAborted();
    throw unreachable(tried, error);
  } finally {
    await dispatcher.destroy();
  }
}

function shownOf({ shows }: NotifierRequest, text: string): string {
  const shown = withoutSecrets(shows?.(text) ?? '')
    .slice(0, SHOWN)
    .trim();
  return shown === '' ? '' : ` (${shown})`;
}

function originOf({ notifier, url }: NotifierRequest): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && ['http:', 'https:'].includes(parsed.protocol)) {
    if (parsed.username === '' && parsed.password === '') return parsed.origin;
    throw new PurserError(
      'NotConfigured',
      `notifier ${notifier}: its URL holds a user name or a password, which is not sent; take it out, and give what the notifier takes in its place (alertmanager: token, or user and password)`,
    );
  }
  throw new PurserError(
    'NotConfigured',
    `notifier ${notifier}: its URL is not an http or https URL (it is not shown: it may hold a secret)`,
  );
}

async function readSome(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length >= READ) break;
  }
  return text.slice(0, READ).replaceAll(/[\s\p{Cc}]+/gu, ' ');
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
  const retryAfterMs = parseRetryAfter(retryAfter, { atMostMs: ASKED_AT_MOST_MS });
  return new PurserError(typeOf(status), `${what}; ${wayOut(status)}`, { retryAfterMs });
}

function typeOf(status: number): FailureType {
  if (status === 429) return 'RateLimited';
  if (status === 401 || status === 403) return 'Forbidden';
  return status >= 500 || status === 408 ? 'ServerError' : 'NotConfigured';
}

function wayOut(status: number): string {
  if (status === 429) return 'it is tried again after the time that it asks for';
  if (status === 401 || status === 403) return 'look at its secret, and at what it may do there';
  if (status >= 500 || status === 408) return 'look at the log of that server';
  return 'look at its URL in purser.yaml, and at what that server expects';
}

// undici's errors name hosts and ports, never a path; the secret would be in the path.
function unreachable(tried: string, error: unknown): PurserError {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const reason = isLate
    ? `no answer within ${ANSWER_WITHIN_MS / 1_000} s`
    : error instanceof Error
      ? `${error.message}${'code' in error ? ` (${String(error.code)})` : ''}`
      : 'unknown error';
  return new PurserError('Unreachable', `${tried} failed: ${reason}; ${mendOf(error)}`);
}

function mendOf(error: unknown): string {
  const flaw = certificateFlawOf(error);
  if (flaw === undefined) return 'check name, proxy and firewall';
  const mend =
    flaw === 'unknown-issuer'
      ? 'name the CA that signed it as ca: of the notifier'
      : CERTIFICATE_MENDS[flaw];
  return `${CERTIFICATE_FLAWS[flaw]}: ${mend}`;
}
