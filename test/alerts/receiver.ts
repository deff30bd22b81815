import { createServer } from 'node:https';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createCa } from '../registry/certificates.ts';
import type { Ca } from '../registry/certificates.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the receiver does with one request; the last one given is done with all that follow. */
export type Behaviour = (response: ServerResponse, request: Received) => void;

export function answer(
  status: number,
  text = '',
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return (response) => void response.writeHead(status, headers).end(text);
}

/** Takes the request and never answers. */
export const hang: Behaviour = () => {};

/** Reads the request and cuts the line: the sender cannot know whether it arrived. */
export const cut: Behaviour = (response) => void response.destroy();

export interface Receiver {
  /** `https://127.0.0.1:port`. */
  readonly origin: string;
  /** What vouches for it. */
  readonly ca: string;
  readonly received: Received[];
  behave(...behaviours: Behaviour[]): void;
}

/** An HTTPS server that keeps what it is sent, and misbehaves as it is told. */
export async function startReceiver(
  t: Pick<TestContext, 'after'>,
  names: readonly string[] = ['127.0.0.1'],
  signedBy?: Ca,
): Promise<Receiver> {
  const ca = signedBy ?? (await createCa(`receiver ${crypto.randomUUID()}`));
  const received: Received[] = [];
  let behaviours: Behaviour[] = [answer(200)];
  const server = createServer(await ca.leaf(names), (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      };
      received.push(one);
      const [behaviour = answer(200)] = behaviours;
      if (behaviours.length > 1) behaviours = behaviours.slice(1);
      behaviour(response, one);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    ca: ca.cert,
    received,
    behave: (...next) => void (behaviours = next),
  };
}
