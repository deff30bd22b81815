import { readWorkload } from '../../../src/openshift/installation/workload.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { evaluateWorkload } from '../../../src/health/workload.ts';
import { explainRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';

/** The deployments, node-ca, and the last run of the image pruner. */
export async function checkWorkload(
  context: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const result = evaluateWorkload(await readWorkload(context.cluster, signal), Date.now());
  return explainRemoved(context, result);
}
