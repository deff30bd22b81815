import type { AccessPage, PageCursor } from '../../src/access/model/grants/access-list.ts';
import { firstStepOn } from '../activities.ts';
import { asFailure } from '../failure.ts';

/**
 * One page of what Purser granted on a target; the target's own worker reads it. A run is a page, at
 * most 1 MB: a list grows with the cluster, and neither a result nor a history may.
 */
export async function listAccess(input: {
  readonly target: string;
  /** Where the page before has ended; left out for the first one. */
  readonly from?: PageCursor | undefined;
  /** At most so many rows. */
  readonly limit?: number | undefined;
}): Promise<AccessPage> {
  const { target, from, limit } = input;
  try {
    const summary = `what has Purser granted on ${target}?`;
    return await firstStepOn(target).listAccess.executeWithOptions({ summary }, [{ from, limit }]);
  } catch (error) {
    throw asFailure(error, target);
  }
}
