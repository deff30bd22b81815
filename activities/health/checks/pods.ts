import { judgePods } from '../../../src/health/pods.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { whereRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';

/** The registry's pods: ready, restarting, and where they are. */
export async function checkPods(visit: CheckContext, memory: unknown): Promise<CheckFindings> {
  const looked = judgePods(await visit.pods(), memory, Date.now());
  return whereRemoved(visit, looked);
}
