import type { z } from 'zod';
import { AnswerTooLarge } from './response.ts';
import type { Call } from './call.ts';
import type { Cluster } from './cluster.ts';
import { ClusterFailure } from './failure.ts';
import { listOf } from './objects.ts';

const PAGE = 500;

/**
 * Reads a whole list, page by page: 500 objects each, and fewer if a page is larger than the limit of one
 * answer.
 */
export async function listAll<T extends z.ZodType>(
  cluster: Cluster,
  item: T,
  call: Omit<Call, 'method' | 'body'>,
): Promise<readonly z.infer<T>[]> {
  const found: z.infer<T>[] = [];
  let next: string | undefined;
  for (let limit = PAGE; ;) {
    const from = next === undefined ? {} : { continue: next };
    const query = { ...call.query, limit: String(limit), ...from };
    try {
      const page = await cluster.call(listOf(item), { ...call, method: 'GET', query });
      for (const each of page.items ?? []) found.push(each);
      next = page.metadata.continue;
      if (next === undefined || next === '') return found;
    } catch (error) {
      if (!isTooLarge(error) || limit === 1) throw error;
      limit = Math.ceil(limit / 2);
    }
  }
}

/** Whether an answer was too large to be read: a list is then requested in smaller pages. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof ClusterFailure && error.cause instanceof AnswerTooLarge;
}
