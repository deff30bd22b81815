import { CancellationScope } from '@temporalio/workflow';
import { bindingOf } from '../../../src/access/model/report/report.ts';
import type { GrantRecord, Left } from '../../../src/access/model/report/report.ts';
import { stepsOn } from '../../activities.ts';
import type { OnboardingContext } from './steps.ts';

// The caller who abandons an undo waits for the answer.
const ONE_ATTEMPT = {
  retry: { maximumAttempts: 1 },
  scheduleToCloseTimeout: 20_000,
} as const;

/**
 * Removes from `left` the bindings of this run that are gone. If Purser cannot ask the cluster for a thing,
 * the thing stays in the list and says that its state is not known.
 */
export async function findRemaining(
  context: OnboardingContext,
  left: readonly Left[],
): Promise<readonly Left[]> {
  const lookups = left.map(async (each) => {
    const grant = context.grants.find((one) => bindingOf(one) === each.what);
    try {
      if (grant === undefined) return [unknown(each)];
      return (await exists(context, grant)) ? [each] : [];
    } catch {
      return [unknown(each)];
    }
  });
  return (await Promise.all(lookups)).flat();
}

async function exists(
  { request, subject }: OnboardingContext,
  grant: GrantRecord,
): Promise<boolean> {
  const binding = bindingOf(grant);
  const options = { summary: `check whether ${binding} still exists`, ...ONE_ATTEMPT };
  const { grants, foreign } = await CancellationScope.nonCancellable(() =>
    stepsOn(request.target).findGrants.executeWithOptions(options, [
      { names: [subject], access: grant.access },
    ]),
  );
  return (
    grants.some(({ record }) => bindingOf(record) === binding) ||
    foreign.some((sentence) => sentence.startsWith(`${binding} `))
  );
}

function unknown({ what, why }: Left): Left {
  return { what, why: `${why}; it is not known whether it still exists` };
}
