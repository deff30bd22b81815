// A workflow of somebody's own, as anybody can start who reaches Temporal: it calls any activity on any
// task queue with anything.
import {
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

export interface OwnCall {
  readonly activity: string;
  readonly taskQueue: string;
  readonly input?: unknown;
}

export const goSignal = defineSignal('go');

/** Makes the calls in their order, after a `go`. Resolves to their answers, and to what it is called. */
export async function ownWorkflow(calls: readonly OwnCall[]): Promise<{
  readonly answers: readonly unknown[];
  readonly firstRunId: string;
}> {
  let may = false;
  setHandler(goSignal, () => void (may = true));
  await condition(() => may);
  const answers: unknown[] = [];
  for (const { activity, taskQueue, input } of calls) {
    const activities = proxyActivities<Record<string, (given?: unknown) => Promise<unknown>>>({
      taskQueue,
      startToCloseTimeout: '1 minute',
      heartbeatTimeout: '15 seconds',
      retry: { maximumAttempts: 1 },
    });
    const act = activities[activity];
    if (act !== undefined) answers.push(await act(input));
  }
  return { answers, firstRunId: workflowInfo().firstExecutionRunId };
}
