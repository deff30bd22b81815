import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { ClusterClient } from '../api/cluster-client.ts';
import { until } from '../wait.ts';

export interface ReadyOptions {
  readonly what: string;
  readonly signal: AbortSignal;
  /** The program's log, named in the error after a timeout. */
  readonly logFile: string;
  readonly deadlineMs?: number;
}

/** Waits until the URL answers 200; `caFile` for https, `token` if the URL needs one. */
export async function httpReady(
  url: string,
  options: ReadyOptions & { readonly caFile?: string; readonly token?: string },
): Promise<void> {
  const { caFile, token } = options;
  await waitFor((signal) => answersOk(url, { caFile, token, signal }), options);
}

export interface AccessOptions {
  readonly caFile?: string | undefined;
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
}

/** Resolves if the URL answers 200 now; otherwise rejects with its answer. */
export async function answersOk(
  url: string,
  { caFile, token, signal }: AccessOptions,
): Promise<true> {
  const ca = caFile === undefined ? {} : { connect: { ca: readFileSync(caFile, 'utf8') } };
  const dispatcher = new Agent(ca);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    const answer = await request(url, { dispatcher, headers, signal });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return true;
    throw new Error(`${url} answered ${answer.statusCode} ${text.slice(0, 200)}`);
  } finally {
    await dispatcher.destroy();
  }
}

/** Waits until a program listens on that port of the loopback. */
export async function portReady(port: number, options: ReadyOptions): Promise<void> {
  await waitFor((signal) => accepts(port, signal), options);
}

/** Waits until the stand-in has looked up and refused a token that does not exist. */
export async function tokenReviewReady(
  client: ClusterClient,
  options: ReadyOptions,
): Promise<void> {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: `sha256~${'-'.repeat(43)}` },
  };
  const check = async (): Promise<true> => {
    const { status, body } = await client.send(
      'POST',
      '/apis/authentication.k8s.io/v1/tokenreviews',
      review,
    );
    const answer = reviewStatus.parse(body).status;
    // The authenticators' message for an unknown token; an unreachable webhook gives another one.
    if (status === 201 && answer.error === UNKNOWN_TOKEN) return true;
    throw new Error(answer.error ?? `status ${status}`);
  };
  await waitFor(check, options);
}

/** Waits until a pod of that name is Ready. */
export async function podReady(
  client: ClusterClient,
  path: string,
  options: ReadyOptions,
): Promise<void> {
  const check = async (): Promise<true | undefined> => {
    const conditions = podStatus.parse(await client.get(path)).status.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
      ? true
      : undefined;
  };
  await waitFor(check, options);
}

function waitFor(
  check: (signal: AbortSignal) => Promise<true | undefined>,
  { what, signal, logFile, deadlineMs = 60_000 }: ReadyOptions,
): Promise<true> {
  return until({ what, check, signal, deadlineMs, hint: `Its log is ${logFile}` });
}

/** Resolves if that port of the loopback accepts a connection; otherwise rejects with the reason. */
export function accepts(port: number, signal: AbortSignal): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

const UNKNOWN_TOKEN = '[invalid bearer token, token lookup failed]';
const reviewStatus = z.object({ status: z.object({ error: z.string().optional() }) });
const podStatus = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(),
  }),
});
