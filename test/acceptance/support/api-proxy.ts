import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { createCa } from '../../registry/certificates.ts';
import { temporaryFile } from './health-checks.ts';
import type { Environment } from './environment.ts';

/** What the proxy does with some of the requests. */
export interface ApiRule {
  /** Which ones: a method, and a part of the path (with its query) or a pattern of it. Absent: all. */
  readonly match?: { readonly method?: string; readonly path?: string | RegExp };
  /** For so many requests only; absent: until it is taken back. */
  readonly times?: number;
  /**
   * `requestMs`: the request arrives at the API server so late. `answerMs`: it is done at once, and the answer comes so late. Either
   * way it is done, though its client may have given up long before: how a write becomes an orphan.
   */
  readonly delay?: { readonly requestMs?: number; readonly answerMs?: number };
  /** Answered by the proxy: nothing arrives. Without a body it is a Kubernetes Status of that code. */
  readonly answer?: {
    readonly status: number;
    /** Such as `{'retry-after': '1'}`. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

/**
 * A server before the sandbox's API server. It passes on whatever no rule is about: every method, watches too.
 *
 * @example
 * // The next binding is written, and its client hears of it after 20 s.
 * proxy.rule({ match: { method: 'POST', path: '/rolebindings' }, times: 1, delay: { answerMs: 20_000 } });
 * // API priority and fairness is busy.
 * const end = proxy.rule({ answer: { status: 429, headers: { 'retry-after': '1' } } });
 */
export interface ApiProxy {
  /** Purser's kubeconfig, but for the server. */
  readonly kubeconfig: string;
  /** The newest rule that meets a request counts. The result takes it back. */
  rule(rule: ApiRule): () => void;
  /** Answers everything with this status, and `Retry-After: 1`; undefined: passes it on. Goes before every rule. */
  refuse(status: number | undefined): void;
  /** {@link refuse}, for the requests whose `METHOD path` this matches: `DELETE /apis/…`. Until `refuse(undefined)`. */
  refuseOnly(status: number, matches: RegExp): void;
  /**
   * Holds back the next request whose `METHOD path` this matches until `release`; it arrives then,
   * whoever has gone meanwhile. `held` resolves when there is one.
   */
  holdBack(matches: RegExp): { readonly held: Promise<void>; release(): void };
  /** Resolves when nothing is under way, late requests of clients that are gone included. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string() })),
});

export async function openApiProxy({ info }: Pick<Environment, 'info'>): Promise<ApiProxy> {
  const ca = await createCa('proxy');
  const behind = new Agent({ connect: { ca: readFileSync(info.cluster.caFile, 'utf8') } });
  const closing = new AbortController();
  const to = { server: info.cluster.server, behind, signal: closing.signal };
  const rules: { rule: ApiRule; left: number }[] = [];
  const underWay = new Set<Promise<void>>();
  let refused: Refused | undefined;
  let hold: Hold | undefined;
  const ruleFor = (asked: IncomingMessage): ApiRule => {
    const found = rules.findLast(({ rule, left }) => left > 0 && isMet(rule, asked));
    if (found === undefined) return {};
    found.left -= 1;
    return found.rule;
  };
  const server = createServer(await ca.leaf(['127.0.0.1', 'localhost']), (asked, response) => {
    const line = `${asked.method} ${asked.url}`;
    if (refused?.matches.test(line) === true) return instead(response, busy(refused.status));
    const { answer, delay: late = {} } = ruleFor(asked);
    if (answer !== undefined) return instead(response, answer);
    const held = hold?.matches.test(line) === true ? hold : undefined;
    if (held !== undefined) hold = undefined;
    held?.begun();
    const passing = pass(asked, response, { ...to, late, until: held?.released })
      .catch(() => void response.destroy())
      .finally(() => underWay.delete(passing));
    underWay.add(passing);
  });
  const port = await listening(server);
  const { file, end } = temporaryFile(
    rewritten(readFileSync(info.cluster.kubeconfig, 'utf8'), `https://127.0.0.1:${port}`, ca.cert),
  );
  return {
    kubeconfig: file,
    refuse: (status) =>
      void (refused = status === undefined ? undefined : { status, matches: /^/ }),
    refuseOnly: (status, matches) => void (refused = { status, matches }),
    holdBack: (matches) => {
      const begun = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      hold = { matches, begun: begun.resolve, released: released.promise };
      return { held: begun.promise, release: released.resolve };
    },
    rule: (rule) => {
      const kept = { rule, left: rule.times ?? Infinity };
      rules.push(kept);
      return () => void (kept.left = 0);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: async () => {
      end();
      closing.abort();
      server.closeAllConnections();
      server.close();
      await behind.destroy();
    },
  };
}

interface Refused {
  readonly status: number;
  readonly matches: RegExp;
}

interface Hold {
  readonly matches: RegExp;
  readonly begun: () => void;
  readonly released: Promise<void>;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function rewritten(kubeconfig: string, server: string, ca: string): string {
  const given = kubeconfigSchema.parse(parse(kubeconfig));
  const cluster = {
    server,
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
  };
  return stringify({ ...given, clusters: given.clusters.map((each) => ({ ...each, cluster })) });
}

function isMet({ match = {} }: ApiRule, { method, url = '' }: IncomingMessage): boolean {
  const { path = '' } = match;
  const isPath = typeof path === 'string' ? url.includes(path) : path.test(url);
  return isPath && (match.method === undefined || match.method === method);
}

function busy(status: number): NonNullable<ApiRule['answer']> {
  return {
    status,
    headers: { 'retry-after': '1' },
  };
}

const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'forbidden by the story',
  429: 'too many requests, please try again later',
};

function instead(
  response: ServerResponse,
  { status: code, headers, body }: NonNullable<ApiRule['answer']>,
): void {
  const message = MESSAGES[code] ?? 'etcd is away';
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(body ?? JSON.stringify(status));
}

interface Way {
  readonly server: string;
  readonly behind: Agent;
  /** Aborted when the proxy closes. */
  readonly signal: AbortSignal;
  readonly late: NonNullable<ApiRule['delay']>;
  readonly until: Promise<void> | undefined;
}

async function pass(
  asked: IncomingMessage,
  response: ServerResponse,
  { server, behind, signal, late, until }: Way,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(Buffer.from(chunk));
  await until;
  if (late.requestMs !== undefined) await delay(late.requestMs, undefined, { signal });
  const answer = await request(`${server}${asked.url}`, {
    method: asked.method ?? 'GET',
    dispatcher: behind,
    signal,
    headers: sentHeaders(asked),
    body: chunks.length === 0 ? null : Buffer.concat(chunks),
  });
  if (late.answerMs !== undefined) await delay(late.answerMs, undefined, { signal });
  const { 'content-type': type = 'application/json', 'retry-after': retryAfter } = answer.headers;
  response.writeHead(answer.statusCode, {
    'content-type': String(type),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  await pipeline(answer.body, response);
}

function sentHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const { authorization = '', accept = '*/*', 'content-type': type } = headers;
  return { authorization, accept, ...(type === undefined ? {} : { 'content-type': type }) };
}
