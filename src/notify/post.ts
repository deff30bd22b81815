import { Agent, request } from 'undici';
import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';

const ANSWER_WITHIN_MS = 10_000;
const SHOWN = 160;
/** More of an answer is not read: nobody needs it. */
const READ = 4_096;

/** Where and how a notifier posts. */
export interface Post {
  /** Who posts: the notifier's name, for messages. */
  readonly notifier: string;
  /** May hold a secret: messages show no more of it than its origin. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
export async function post(options: Post): Promise<string> {
  const { notifier, url, headers, body, ca } = options;
  const origin = originOf(notifier, url);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const dispatcher = new Agent({
    connect: { timeout: ANSWER_WITHIN_MS, ...(ca === undefined ? {} : { ca }) },
  });
  try {
    const answer = await request(url, { method: 'POST', headers, body, dispatcher, signal });
    const text = await readSome(answer.body);
    const shown = options.shows?.(text)?.slice(0, SHOWN).trim() ?? '';
    const said = `${answer.statusCode}${shown === '' ? '' : ` (${shown})`}`;
    if (answer.statusCode >= 200 && answer.statusCode < 300) return said;
    const { location, 'retry-after': retryAfter } = answer.headers;
    throw refused({ notifier, origin, said, status: answer.statusCode, location, retryAfter });
  } catch (error) {
    if (error instanceof PurserError) throw error;
    options.signal.throwIfAborted();
    throw unreachable(notifier, origin, error);
  } finally {
    await dispatcher.destroy();
  }
}

function originOf(notifier: string, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && ['http:', 'https:'].includes(parsed.protocol)) return parsed.origin;
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

interface Refusal {
  readonly notifier: string;
  readonly origin: string;
  readonly said: string;
  readonly status: number;
  readonly location: string | string[] | undefined;
  readonly retryAfter: string | string[] | undefined;
}

function refused({ notifier, origin, said, status, location, retryAfter }: Refusal): PurserError {
  const tried = `notifier ${notifier}: POST to ${origin} was answered ${said}`;
  if (status >= 300 && status < 400) {
    const elsewhere = URL.canParse(String(location))
      ? ` to ${new URL(String(location)).origin}`
      : '';
    return new PurserError(
      'NotConfigured',
      `${tried}: a redirect${elsewhere}, which is not followed; name the right URL in purser.yaml`,
    );
  }
  const seconds = Number(retryAfter);
  const retryAfterMs = seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : undefined;
  return new PurserError(typeOf(status), `${tried}; ${wayOut(status)}`, { retryAfterMs });
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
function unreachable(notifier: string, origin: string, error: unknown): PurserError {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const reason = isLate
    ? `no answer within ${ANSWER_WITHIN_MS / 1_000} s`
    : error instanceof Error
      ? `${error.message}${'code' in error ? ` (${String(error.code)})` : ''}`
      : 'unknown error';
  return new PurserError(
    'Unreachable',
    `notifier ${notifier}: POST to ${origin} failed: ${reason}; check name, proxy, firewall and certificate`,
  );
}
