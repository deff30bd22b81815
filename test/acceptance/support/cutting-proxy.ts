import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { createCa } from '../../registry/certificates.ts';
import type { Environment } from './environment.ts';

export interface Cutting {
  /** Cuts each stream of a log after so many bytes. */
  readonly afterBytes?: number;
  /** `broken`: the connection is reset; `clean`: as if it were the log's end. */
  readonly how?: 'broken' | 'clean';
  /** Waited for before a piece of a log is passed on; `sent` is what this stream has brought so far. */
  readonly meanwhile?: (sent: number) => Promise<void>;
}

/** A proxy between Purser and the sandbox's API server. */
export interface CuttingProxy {
  /** Leads through the proxy, with Purser's own rights. */
  readonly kubeconfig: string;
  /** How many streams of logs were cut, or broke off behind it. */
  readonly cuts: () => number;
  close(): Promise<void>;
}

/** Opens a proxy that speaks TLS on both sides, and hands on everything but the streams that it cuts. */
export async function openCuttingProxy(
  { info }: Pick<Environment, 'info'>,
  cutting: Cutting,
): Promise<CuttingProxy> {
  const upstream = { server: info.cluster.server, ca: readFileSync(info.cluster.caFile) };
  const ca = await createCa('cutting proxy');
  const state = { cuts: 0 };
  const server = createServer(await ca.leaf(['127.0.0.1']), (asked, answer) => {
    hand(upstream, asked, answer, { cutting, state });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port');
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-proxy-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeKubeconfig(info.cluster.kubeconfig, kubeconfig, {
    server: `https://127.0.0.1:${address.port}`,
    'certificate-authority-data': Buffer.from(ca.cert).toString('base64'),
  });
  return {
    kubeconfig,
    cuts: () => state.cuts,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true });
    },
  };
}

interface Hand {
  readonly cutting: Cutting;
  readonly state: { cuts: number };
}

function hand(
  { server, ca }: { readonly server: string; readonly ca: Buffer },
  asked: IncomingMessage,
  answer: ServerResponse,
  by: Hand,
): void {
  const { url = '', method, headers } = asked;
  const isLog = /\/pods\/[^/]+\/log\?/.test(url) && !url.includes('tailLines');
  const passed = request(`${server}${url}`, { method, headers, ca, agent: false });
  passed.on('error', () => answer.destroy());
  passed.on('response', (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers);
    const passing = isLog ? passLog(got, answer, by) : pass(got, answer);
    passing.catch(() => {
      if (isLog) by.state.cuts += 1;
      answer.destroy();
      passed.destroy();
    });
  });
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
}

async function pass(got: IncomingMessage, answer: ServerResponse): Promise<void> {
  for await (const chunk of got) await write(answer, chunk);
  answer.end();
}

async function passLog(
  got: IncomingMessage,
  answer: ServerResponse,
  { cutting, state }: Hand,
): Promise<void> {
  const { afterBytes = Infinity, how = 'broken', meanwhile } = cutting;
  let sent = 0;
  for await (const chunk of got as AsyncIterable<Buffer>) {
    await meanwhile?.(sent);
    const part = chunk.subarray(0, afterBytes - sent);
    await write(answer, part);
    sent += part.length;
    if (sent < afterBytes) continue;
    if (how === 'broken') throw new Error('cut');
    state.cuts += 1;
    break;
  }
  answer.end();
}

async function write(answer: ServerResponse, chunk: Uint8Array): Promise<void> {
  if (answer.write(chunk)) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(answer, 'drain', { signal }), once(answer, 'close', { signal })]);
  over.abort();
  if (answer.destroyed) throw new Error('nobody reads any more');
}

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({}) })),
});

function writeKubeconfig(
  from: string,
  to: string,
  cluster: Readonly<Record<string, string>>,
): void {
  const content = kubeconfigSchema.parse(parse(readFileSync(from, 'utf8')));
  const clusters = content.clusters.map((each) => ({ ...each, cluster }));
  writeFileSync(to, stringify({ ...content, clusters }), { mode: 0o600 });
}
