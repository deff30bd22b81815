import { Agent } from 'undici';
import type { Dispatcher } from 'undici';

/** A Kubernetes answer; `body` is JSON, loosely typed because tests pick single fields of it. */
export interface KubeResponse {
  readonly code: number;
  readonly body: Body;
  readonly headers: Dispatcher.ResponseData['headers'];
}

export interface Body {
  readonly kind?: string;
  readonly reason?: string;
  readonly message: string;
  readonly status?: unknown;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly uid?: string;
    readonly causes?: readonly { readonly field: string; readonly reason: string }[];
  };
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly items: readonly Body[];
  readonly [field: string]: unknown;
}

export interface WatchLine {
  readonly type: string;
  readonly object: Body;
}

export type KubeClient = ReturnType<typeof createKubeClient>;

/**
 * Plain HTTPS to kube-apiserver with a bearer token: without a client library, every byte is the server's.
 */
export function createKubeClient({
  server,
  ca,
  token,
}: {
  server: string;
  ca: string;
  token?: string;
}) {
  const agent = new Agent({ connect: { ca }, bodyTimeout: 0 });
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options: { body?: unknown; type?: string } = {},
  ): Promise<KubeResponse> => {
    const response = await agent.request({
      origin: server,
      path,
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        'content-type': options.type ?? 'application/json',
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    const text = await response.body.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Body) : ({ message: text } as Body);
    return { code: response.statusCode, body: json, headers: response.headers };
  };
  return {
    send,
    get: async (path: string) => await send('GET', path),
    create: async (path: string, body: unknown) => await send('POST', path, { body }),
    replace: async (path: string, body: unknown) => await send('PUT', path, { body }),
    merge: async (path: string, body: unknown) =>
      await send('PATCH', path, { body, type: 'application/merge-patch+json' }),
    remove: async (path: string, body?: unknown) => await send('DELETE', path, { body }),

    /** A watch's lines, until the signal aborts or the server ends it. */
    async *watch(path: string, signal: AbortSignal): AsyncGenerator<WatchLine> {
      const { body } = await agent.request({
        origin: server,
        path,
        method: 'GET',
        signal,
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      });
      let rest = '';
      for await (const chunk of body as AsyncIterable<Buffer>) {
        const lines = `${rest}${chunk.toString()}`.split('\n');
        rest = lines.pop() ?? '';
        yield* lines.map((line) => JSON.parse(line) as WatchLine);
      }
    },
  };
}
