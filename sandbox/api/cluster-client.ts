import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { createDiscovery } from './discovery.ts';
import type { KubeObject } from './kube-object.ts';
import { kubeObject } from './kube-object.ts';

export interface ClusterResponse {
  readonly status: number;
  readonly body: unknown;
}
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ClusterClient {
  /** The response, whatever its status; rejects only if there is none. A PATCH is a merge patch. */
  readonly send: (method: Method, path: string, body?: unknown) => Promise<ClusterResponse>;
  /** The object at that path, or undefined on 404; any other status rejects. */
  readonly get: (path: string) => Promise<KubeObject | undefined>;
  /** The object's own path, by discovery: /apis/<group>/<version>/namespaces/<namespace>/<resource>/<name>. */
  readonly pathOf: (object: KubeObject) => Promise<string>;
  /** Creates the object unless one of that name exists; returns the present one. */
  readonly ensure: (object: KubeObject) => Promise<KubeObject>;
  /** Creates the object, or replaces the one of that name. */
  readonly replace: (object: KubeObject) => Promise<KubeObject>;
  readonly close: () => Promise<void>;
}

export interface ClusterClientOptions {
  readonly server: string;
  readonly caFile: string;
  readonly tokenFile: string;
  readonly signal: AbortSignal;
}

/**
 * A small client of the sandbox's cluster; errors name the request, the server and the Status of the
 * response.
 */
export function createClusterClient(options: ClusterClientOptions): ClusterClient {
  const { server, signal } = options;
  const dispatcher = new Agent({
    connect: { ca: readFileSync(options.caFile, 'utf8') },
    connections: 16,
  });
  const token = readFileSync(options.tokenFile, 'utf8').trim();

  const send: ClusterClient['send'] = async (method, path, body) => {
    const answer = await request(`${server}${path}`, {
      method,
      dispatcher,
      signal,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': typeOf(method),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: parse(text) };
  };

  const must = async (method: Method, path: string, body?: unknown): Promise<KubeObject> => {
    const answer = await send(method, path, body);
    if (answer.status < 300) return kubeObject.parse(answer.body);
    throw refused(`${method} ${path}`, server, answer);
  };

  const get: ClusterClient['get'] = async (path) => {
    const answer = await send('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw refused(`GET ${path}`, server, answer);
    return kubeObject.parse(answer.body);
  };

  const { collectionOf } = createDiscovery(server, async (path) => (await send('GET', path)).body);
  const pathOf = async (object: KubeObject): Promise<string> =>
    `${await collectionOf(object)}/${encodeURIComponent(object.metadata.name)}`;

  const ensure: ClusterClient['ensure'] = async (object) => {
    const collection = await collectionOf(object);
    const answer = await send('POST', collection, object);
    if (answer.status === 409) return must('GET', await pathOf(object));
    if (answer.status >= 300)
      throw refused(`POST ${collection} ${object.metadata.name}`, server, answer);
    return kubeObject.parse(answer.body);
  };

  const replace: ClusterClient['replace'] = async (object) => {
    const path = await pathOf(object);
    const present = await get(path);
    if (present === undefined) return ensure(object);
    const { resourceVersion } = present.metadata;
    return must('PUT', path, { ...object, metadata: { ...object.metadata, resourceVersion } });
  };

  return { send, get, pathOf, ensure, replace, close: () => dispatcher.close() };
}

function refused(what: string, server: string, { status, body }: ClusterResponse): Error {
  const message = z.object({ message: z.string() }).safeParse(body);
  const answer = message.success ? message.data.message : JSON.stringify(body);
  return new Error(`Tried ${what} against ${server}; it answered ${status}: ${answer}`);
}

function typeOf(method: Method): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
