import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/**
 * Ends the workflow at once, with `InvalidRequest`, if its id is not the one that its input gives. Only the id
 * prevents two runs for the same thing at once, and a client may start a workflow under any id. `fits`
 * accepts other ids, such as those with a time.
 */
export function assertOwnId(
  own: string,
  fits: (workflowId: string) => boolean = (workflowId) => workflowId === own,
): void {
  const { workflowId, workflowType } = workflowInfo();
  if (fits(workflowId)) return;
  throw ApplicationFailure.nonRetryable(
    `${workflowType} was started under the id ${JSON.stringify(workflowId.slice(0, 300))}, and its input gives ${own}: two runs at once would undo each other's work. Start it with \`purser\`, or under that id`,
    'InvalidRequest',
  );
}
