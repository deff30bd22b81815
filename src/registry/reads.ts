import { z } from 'zod';
import { readBytes, readJson } from './wire/body.ts';
import type { Caller } from './wire/transport.ts';
import { fronted } from './failure.ts';
import { pathOf } from './wire/names.ts';

/** The tags of a repository, in no defined order (openshift-facts.md 1.7). */
export async function listTags(
  { origin, call }: Caller,
  repository: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tried = pathOf({ method: 'GET', origin }, repository, 'tags/list');
  const ask = { method: 'GET', path: tried.path, expect: [200], signal } as const;
  return call(ask, async (answer) => (await readJson(answer, TagList, tried)).tags ?? []);
}

const TagList = z.object({ tags: z.array(z.string()).nullable() });

/** The registry's metrics in the text format 0.0.4: openshift-facts.md 2.1 and 10.9. */
export function readMetricsText({ origin, call }: Caller, signal: AbortSignal): Promise<string> {
  const tried = { method: 'GET', path: '/extensions/v2/metrics', origin } as const;
  const headers = { accept: 'text/plain;version=0.0.4' };
  return call({ ...tried, headers, expect: [200], signal }, async (answer) => {
    const type = answer.headers['content-type'] ?? '';
    if (/^text\/plain\b/.test(type) && /version=0\.0\.4\b/.test(type)) {
      return Buffer.from(await readBytes(answer, LIMIT, tried)).toString();
    }
    throw fronted(
      tried,
      `200, but ${type === '' ? 'without a content type' : JSON.stringify(type.slice(0, 80))} in place of text/plain; version=0.0.4`,
    );
  });
}

const LIMIT = 16 * 1024 * 1024;
