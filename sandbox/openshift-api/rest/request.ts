import type { IncomingMessage } from 'node:http';
import type { Caller } from '../resources/resource.ts';
import { ApiError, badRequest } from './status.ts';

const LARGEST_BODY_BYTES = 10 * 1024 * 1024;

/** The parts of a path below /apis. */
export interface ResourcePath {
  readonly group: string;
  readonly plural: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Parses `/apis/<group>/v1[/namespaces/<ns>]/<plural>[/<name>[/<sub>]]`; `undefined` for any other path. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const [, apis, group, version, ...rest] = path.split('/').map(decoded);
  if (apis !== 'apis' || group === undefined || version !== 'v1') {
    return undefined;
  }
  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const namespace = namespaced ? rest[1] : undefined;
  const [plural, name, subresource, ...more] = namespaced ? rest.slice(2) : rest;
  if (!plural || name === '' || more.length > 0) {
    return undefined;
  }
  return { group, plural, namespace, name, subresource };
}

/**
 * The caller that kube-apiserver has authenticated; only kube-apiserver's own certificate may set these
 * headers.
 */
export function callerOf({ headersDistinct: headers }: IncomingMessage): Caller {
  return {
    name: headers['x-remote-user']?.[0] ?? '',
    uid: headers['x-remote-uid']?.[0] ?? '',
    groups: headers['x-remote-group'] ?? [],
    extra: extraOf(headers),
  };
}

const EXTRA = 'x-remote-extra-';

function extraOf(headers: NodeJS.Dict<string[]>): Caller['extra'] {
  const found = Object.entries(headers).filter(([name]) => name.startsWith(EXTRA));
  return Object.fromEntries(
    found.map(([name, values]) => [decodeURIComponent(name.slice(EXTRA.length)), values ?? []]),
  );
}

/** The body as JSON; `undefined` when it is empty. Throws a 400, 413 or 415. */
export async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES) {
      throw new ApiError(
        413,
        'RequestEntityTooLarge',
        `the body exceeds ${LARGEST_BODY_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  if (size === 0) {
    return undefined;
  }
  if (!mediaTypeOf(request).endsWith('json')) {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the stand-in reads JSON only, got ${mediaTypeOf(request)}; send content-type application/json`,
    );
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

export function mediaTypeOf({ headers }: IncomingMessage): string {
  return (
    (headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`the path holds the segment ${segment}, which is not percent-encoded UTF-8`);
  }
}
