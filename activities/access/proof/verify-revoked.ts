import { createFinding } from '../../../src/domain/finding.ts';
import { formatAccess } from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';
import { planRefusal } from '../../../src/access/model/proof/plan.ts';
import type { Target } from '../../target.ts';
import { existingBinding } from './refusals.ts';
import { stillAllowed } from './review.ts';
import type { Reviewee } from './review.ts';
import type { Recorder } from './steps.ts';

/**
 * The step `review` after accesses were revoked: the API must deny them now. If another binding still
 * allows an access, the step names it and does not fail. Resolves to whether any access is denied now.
 */
export async function verifyRevoked(
  target: Target,
  reviewee: Reviewee,
  accesses: readonly Access[],
  { recorder, signal }: { readonly recorder: Recorder; readonly signal: AbortSignal },
): Promise<boolean> {
  let left: readonly Access[] = [];
  await recorder.run('review', async () => {
    left = await stillAllowed(target, reviewee, accesses, signal);
    if (left.length === 0) {
      return { detail: `the cluster's review denies ${accesses.map(formatAccess).join(', ')}` };
    }
    const ways = await Promise.all(
      planRefusal(left).map((act) => existingBinding({ target, ...reviewee, signal }, act)),
    );
    const named = left.map(
      (access, index) => `${formatAccess(access)} ${ways[index] ?? 'is allowed'}`,
    );
    const text = `still allowed by other means: ${named.join('; ')}`;
    recorder.addFinding(createFinding('warning', 'configuration', text));
    return { outcome: 'not-applicable', detail: named.join('; ') };
  });
  return left.length < accesses.length;
}
