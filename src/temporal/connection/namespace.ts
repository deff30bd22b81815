import type { Client } from '@temporalio/client';

/** For how long the namespace keeps a run after its end, in milliseconds; undefined where it says nothing. */
export async function retentionMs({ connection, options }: Client): Promise<number | undefined> {
  const { namespace } = options;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = config?.workflowExecutionRetentionTtl?.seconds;
  return seconds == null ? undefined : Number(seconds) * 1_000;
}

/** Whether anything is scheduled in the namespace. */
export async function hasSchedules({ schedule }: Client): Promise<boolean> {
  for await (const _ of schedule.list({ pageSize: 1 })) return true;
  return false;
}
