import type { AccessPage, PageCursor } from '../../src/access/model/grants/access-list.ts';
import { firstStepOn } from '../activities.ts';
import { asFailure } from '../failure.ts';

/**
 * Reads one page of what Purser granted on a target, by the target's own worker. Each run reads one page of
 * at most 1 MB: the list grows with the cluster, and neither a result nor a history may.
 */
export async function listAccess(input: {
  readonly target: string;
  /** Where the previous page ended; left out for the first page. */
  readonly from?: PageCursor | undefined;
  /** The most rows of the page. */
  readonly limit?: number | undefined;
}): Promise<AccessPage> {
  const { target, from, limit } = input;
  try {
    const summary = `list the accesses that Purser granted on ${target}`;
    return await firstStepOn(target).listAccess.executeWithOptions({ summary }, [{ from, limit }]);
  } catch (error) {
    throw asFailure(error, target);
  }
}
