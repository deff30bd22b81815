import { CancellationScope } from '@temporalio/workflow';
import { bindingOf } from '../../../src/access/model/report/report.ts';
import type { GrantRecord, Left } from '../../../src/access/model/report/report.ts';
import { stepsOn } from '../../activities.ts';
import type { OnboardingContext } from './steps.ts';

// Whoever gives an undo up waits for the answer.
const ONE_LOOK = {
  retry: { maximumAttempts: 1 },
  scheduleToCloseTimeout: 20_000,
} as const;

/**
 * What is left without the bindings of this run that are gone. What the cluster cannot be asked for stays
 * in, and says that nobody knows.
 */
export async function stillStanding(
  context: OnboardingContext,
  left: readonly Left[],
): Promise<readonly Left[]> {
  const looks = left.map(async (each) => {
    const grant = context.grants.find((one) => bindingOf(one) === each.what);
    try {
      if (grant === undefined) return [unknown(each)];
      return (await stands(context, grant)) ? [each] : [];
    } catch {
      return [unknown(each)];
    }
  });
  return (await Promise.all(looks)).flat();
}

async function stands(
  { request, subject }: OnboardingContext,
  grant: GrantRecord,
): Promise<boolean> {
  const place = bindingOf(grant);
  const options = { summary: `does ${place} still stand?`, ...ONE_LOOK };
  const { grants, foreign } = await CancellationScope.nonCancellable(() =>
    stepsOn(request.target).findGrants.executeWithOptions(options, [
      { names: [subject], access: grant.access },
    ]),
  );
  return (
    grants.some(({ record }) => bindingOf(record) === place) ||
    foreign.some((sentence) => sentence.startsWith(`${place} `))
  );
}

function unknown({ what, why }: Left): Left {
  return { what, why: `${why}; whether it still stands is not known` };
}
