import { z } from 'zod';
import { statusError } from '../cluster.ts';
import { refusal } from '../wire/errors.ts';
import type { Authorised, FrontServices } from '../wire/handling.ts';
import { timed } from '../telemetry/metrics.ts';
import { jsonReply } from '../wire/reply.ts';
import type { Reply } from '../wire/reply.ts';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

/** GET tags/list: the stream's tags, unsorted unless paged with n or last. */
export async function listTags(
  { streams, metrics }: FrontServices,
  { query, signal }: Authorised,
  name: string,
): Promise<Reply> {
  const stream = await timed(metrics, 'TagService.All', () => streams.get(name, signal));
  if (stream === undefined) {
    throw refusal('NAME_UNKNOWN', { detail: { name }, printed: `map[name:${name}]` });
  }
  const all = [...stream.tags.keys()];
  if (!query.has('n') && !query.has('last')) {
    return jsonReply({ name, tags: all });
  }
  const { entries, more } = page(all, query, all.length);
  const last = entries.at(-1);
  const link = more && last !== undefined ? nextLink(`/v2/${name}/tags/list`, last, query) : {};
  return jsonReply({ name, tags: entries }, link);
}

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ namespace: z.string(), name: z.string() }) })),
});

/** GET _catalog: every image stream, with the caller's own right to list them. */
export async function listCatalog(
  { cluster }: FrontServices,
  { query, as, signal }: Authorised,
): Promise<Reply> {
  const wanted = numberOf(query, DEFAULT_PAGE);
  if (wanted > MAX_PAGE) {
    throw refusal('PAGINATION_NUMBER_INVALID', { detail: { n: wanted } });
  }
  if (wanted === 0) {
    return jsonReply({ repositories: [] });
  }
  const answer = await cluster.get('/apis/image.openshift.io/v1/imagestreams', as, signal);
  if (answer.status >= 300) {
    throw refusal('UNKNOWN', { detail: {}, printed: statusError(answer).message });
  }
  const names = listSchema
    .parse(answer.body)
    .items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const { entries } = page(names, query, DEFAULT_PAGE);
  const last = entries.at(-1);
  // The real registry links a next page whenever this one is full, even if nothing follows.
  const full = entries.length === wanted && last !== undefined;
  return jsonReply({ repositories: entries }, full ? nextLink('/v2/_catalog', last, query) : {});
}

function numberOf(query: URLSearchParams, absent: number): number {
  const text = query.get('n') ?? '';
  if (text === '') {
    return absent;
  }
  if (!/^\d+$/.test(text)) {
    throw refusal('PAGINATION_NUMBER_INVALID', { detail: { n: text } });
  }
  return Number(text);
}

function page(
  names: readonly string[],
  query: URLSearchParams,
  absent: number,
): { readonly entries: readonly string[]; readonly more: boolean } {
  const after = query.get('last') ?? '';
  const rest = names.filter((name) => name > after).sort();
  const entries = rest.slice(0, numberOf(query, absent));
  return { entries, more: entries.length < rest.length };
}

function nextLink(path: string, last: string, query: URLSearchParams): { readonly Link: string } {
  const next = new URLSearchParams({ last, n: query.get('n') ?? String(DEFAULT_PAGE) });
  return { Link: `<${path}?${next.toString()}>; rel="next"` };
}
