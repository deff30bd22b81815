import { judgePods } from '../../../src/health/pods.ts';
import type { Looked } from '../../../src/health/findings.ts';
import { whereRemoved } from '../removed.ts';
import type { Visit } from '../visit.ts';

/** The registry's pods: ready, restarting, and where they are. */
export async function checkPods(visit: Visit, memory: unknown): Promise<Looked> {
  const looked = judgePods(await visit.pods(), memory, Date.now());
  return whereRemoved(visit, looked);
}
