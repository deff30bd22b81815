import { readWorkload } from '../../../src/openshift/installation/workload.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { judgeWorkload } from '../../../src/health/workload.ts';
import { whereRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';

/** The deployments, node-ca, and how the image pruner fared. */
export async function checkWorkload(
  visit: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const looked = judgeWorkload(await readWorkload(visit.cluster, signal), Date.now());
  return whereRemoved(visit, looked);
}
