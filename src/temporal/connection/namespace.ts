import type { Client } from '@temporalio/client';

/** How long the namespace keeps a run after its end, in milliseconds; undefined if the server does not say. */
export async function retentionMs({ connection, options }: Client): Promise<number | undefined> {
  const { namespace } = options;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = config?.workflowExecutionRetentionTtl?.seconds;
  return seconds == null ? undefined : Number(seconds) * 1_000;
}

/** Whether the namespace has a schedule. */
export async function hasSchedules({ schedule }: Client): Promise<boolean> {
  for await (const _ of schedule.list({ pageSize: 1 })) return true;
  return false;
}
