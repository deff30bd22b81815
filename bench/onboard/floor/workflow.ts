import { proxyActivities } from '@temporalio/workflow';
import type { Load, createFloorActivities } from './activities.ts';

/** As many activities as there are loads, one after another: the minimal cost of such a workflow. */
export async function floor(loads: readonly Load[]): Promise<void> {
  const { carry } = proxyActivities<Awaited<ReturnType<typeof createFloorActivities>>>({
    startToCloseTimeout: '2 minutes',
    retry: { maximumAttempts: 1 },
  });
  for (const load of loads) await carry(load);
}
