import { proxyActivities } from '@temporalio/workflow';

/** A workflow of somebody's own: calls one activity of Purser's with an input of its choice. */
export async function callActivity(call: {
  readonly taskQueue: string;
  readonly activity: string;
  readonly input: unknown;
}): Promise<unknown> {
  const { taskQueue, activity, input } = call;
  const activities = proxyActivities<Record<string, (given: unknown) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '1 minute',
    retry: { maximumAttempts: 2 },
  });
  return activities[activity]?.(input);
}
