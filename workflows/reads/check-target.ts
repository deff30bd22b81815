import type { Check } from '../../activities/doctor.ts';
import { firstStepOn, proofOn } from '../activities.ts';
import { asFailure } from '../failure.ts';

/** Checks a target for `purser doctor`, from where its workers stand and with their rights. */
export async function checkTarget(input: { readonly target: string }): Promise<readonly Check[]> {
  const { target } = input;
  try {
    const summary = `is ${target} fit for Purser?`;
    const [steps, proof] = await Promise.all([
      firstStepOn(target).examine.executeWithOptions({ summary }, []),
      proofOn(target).examineProof.executeWithOptions({ summary: 'and for its proofs?' }, []),
    ]);
    return [...steps.checks, ...proof.checks];
  } catch (error) {
    throw asFailure(error, target);
  }
}
