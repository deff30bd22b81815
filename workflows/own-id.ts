import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/**
 * Ends the workflow at once, with `InvalidRequest`, where it runs under another id than its input
 * gives: the id is what keeps two runs for the same thing apart, and whoever starts a workflow may
 * choose any. `fits` judges ids with a time in them.
 */
export function assertOwnId(
  own: string,
  fits: (workflowId: string) => boolean = (workflowId) => workflowId === own,
): void {
  const { workflowId, workflowType } = workflowInfo();
  if (fits(workflowId)) return;
  throw ApplicationFailure.nonRetryable(
    `${workflowType} was started under the id ${JSON.stringify(workflowId.slice(0, 300))}, and its input gives ${own}: two at once would undo each other's work. Start it with \`purser\`, or under that id`,
    'InvalidRequest',
  );
}
