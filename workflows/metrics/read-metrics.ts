import type { RegistryMetrics } from '../../activities/metrics/read.ts';
import { firstStepOn } from '../activities.ts';
import { asFailure } from '../failure.ts';

/** Reads the metrics of each replica of a target's registry, for `purser metrics`. */
export async function readMetrics(input: {
  readonly target: string;
  readonly raw: boolean;
}): Promise<RegistryMetrics> {
  const { target, raw } = input;
  try {
    const summary = `what does the registry of ${target} count?`;
    return await firstStepOn(target).readRegistryMetrics.executeWithOptions({ summary }, [{ raw }]);
  } catch (error) {
    throw asFailure(error, target);
  }
}
