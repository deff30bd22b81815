import { evaluatePods } from '../../../src/health/pods.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { explainRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';

/** The registry's pods: ready, restarting, and where they are. */
export async function checkPods(context: CheckContext, memory: unknown): Promise<CheckFindings> {
  const result = evaluatePods(await context.pods(), memory, Date.now());
  return explainRemoved(context, result);
}
