import { readWorkload } from '../../../src/openshift/installation/workload.ts';
import type { Looked } from '../../../src/health/findings.ts';
import { judgeWorkload } from '../../../src/health/workload.ts';
import { whereRemoved } from '../removed.ts';
import type { Visit } from '../visit.ts';

/** The deployments, node-ca, and how the image pruner fared. */
export async function checkWorkload(
  visit: Visit,
  _memory: unknown,
  signal: AbortSignal,
): Promise<Looked> {
  const looked = judgeWorkload(await readWorkload(visit.cluster, signal), Date.now());
  return whereRemoved(visit, looked);
}
