import type { z } from 'zod';
import type { Call, Cluster } from './cluster.ts';
import { listOf } from './objects.ts';

const PAGE = '500';

/** Reads a whole list, page by page (500 objects each). */
export async function listAll<T extends z.ZodType>(
  cluster: Cluster,
  item: T,
  call: Omit<Call, 'method' | 'body'>,
): Promise<readonly z.infer<T>[]> {
  const found: z.infer<T>[] = [];
  let next: string | undefined;
  do {
    const query = { ...call.query, limit: PAGE, ...(next === undefined ? {} : { continue: next }) };
    const page = await cluster.call(listOf(item), { ...call, method: 'GET', query });
    found.push(...(page.items ?? []));
    next = page.metadata.continue === '' ? undefined : page.metadata.continue;
  } while (next !== undefined);
  return found;
}
