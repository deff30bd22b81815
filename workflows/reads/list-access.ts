import type { AccessRow } from '../../activities/access/access-list.ts';
import { firstStepOn } from '../activities.ts';
import { asFailure } from '../failure.ts';

/** Lists what Purser granted on a target; the target's own worker reads it. */
export async function listAccess(input: {
  readonly target: string;
}): Promise<readonly AccessRow[]> {
  try {
    const { rows } = await firstStepOn(input.target).listAccess.executeWithOptions(
      { summary: `what has Purser granted on ${input.target}?` },
      [],
    );
    return rows;
  } catch (error) {
    throw asFailure(error, input.target);
  }
}
