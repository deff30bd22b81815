import type { IncomingHttpHeaders } from 'node:http';
import { Client } from 'undici';
import type { buildConnector } from 'undici';
import { dial } from '../../net/dial.ts';
import type { Notes } from '../notes.ts';
import { noteNoResponse } from './reach.ts';
import type { Peer } from './peer.ts';
import { USER_AGENT } from '../../user-agent.ts';

const ANSWER_AT_MOST = 256 * 1024;
const WITHIN_MS = 5_000;
const REDIRECTS_AT_MOST = 3;

export interface ServerResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * Gets an address of the peer, without any credentials. It follows redirects to the same origin only.
 * Undefined if there is nothing to check (no answer, a redirect elsewhere, 5xx): the notes say which.
 */
export async function ask(
  peer: Peer,
  at: URL,
  notes: Notes,
  signal: AbortSignal,
): Promise<ServerResponse | undefined> {
  let url = at;
  for (let hop = 0; hop <= REDIRECTS_AT_MOST; hop += 1) {
    const answer = await tryGet(peer, url, notes, signal);
    if (answer === undefined) return undefined;
    const next = redirectOf(answer, url);
    if (next === undefined) return unlessServerError(answer, url, notes);
    if (next.origin !== url.origin) {
      noteElsewhere(url, next, notes);
      return undefined;
    }
    url = next;
  }
  notes.broken(
    'configuration',
    `${shownAddress(at)} redirects in circles`,
    'configure its last address',
  );
  return undefined;
}

/** {@link ask} without following redirects, for addresses that OpenShift itself reads in this way. */
export async function askOnce(
  peer: Peer,
  at: URL,
  notes: Notes,
  signal: AbortSignal,
): Promise<ServerResponse | undefined> {
  const answer = await tryGet(peer, at, notes, signal);
  return answer === undefined ? undefined : unlessServerError(answer, at, notes);
}

/** The address that an answer redirects to; undefined if it does not redirect. */
export function redirectOf({ status, headers }: ServerResponse, from: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.parse(location, from) ?? undefined;
}

/** The JSON object of the answer. Undefined, with a note, if it is no JSON object. */
export function jsonOf(
  { text }: ServerResponse,
  what: string,
  notes: Notes,
): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Noted below: the answer is a page, mostly a proxy's or a login form.
  }
  notes.broken('configuration', `${what} is no JSON`, 'check the address: something else answers');
  return undefined;
}

/** An address without the parts that may be secret. */
export function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function unlessServerError(
  answer: ServerResponse,
  url: URL,
  notes: Notes,
): ServerResponse | undefined {
  if (answer.status < 500) return answer;
  notes.broken(
    'server-error',
    `${shownAddress(url)} answers ${answer.status}`,
    "look at that server's logs",
  );
  return undefined;
}

function noteElsewhere(from: URL, to: URL, notes: Notes): void {
  notes.warn(
    'configuration',
    `${shownAddress(from)} redirects to another server, ${to.origin}; nothing was asked there`,
    `configure the address that answers itself`,
  );
}

async function tryGet(
  peer: Peer,
  url: URL,
  notes: Notes,
  signal: AbortSignal,
): Promise<ServerResponse | undefined> {
  try {
    return await get(peer, url, signal);
  } catch (error) {
    signal.throwIfAborted();
    noteNoResponse(peer, error, notes);
    return undefined;
  }
}

async function get({ destination }: Peer, url: URL, signal: AbortSignal): Promise<ServerResponse> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
  const connect: buildConnector.connector = (_options, done) => {
    void dial(destination, limited).then(
      (socket) => done(null, socket),
      (error: Error) => done(error, null),
    );
  };
  const client = new Client(url.origin, { connect });
  try {
    const path = `${url.pathname}${url.search}`;
    const { statusCode, headers, body } = await client.request({
      method: 'GET',
      path,
      headers: { accept: 'application/json', 'user-agent': USER_AGENT },
      signal: limited,
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > ANSWER_AT_MOST) break;
      chunks.push(chunk);
    }
    return { status: statusCode, headers, text: Buffer.concat(chunks).toString('utf8') };
  } finally {
    await client.destroy();
  }
}
