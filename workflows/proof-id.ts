import { workflowInfo } from '@temporalio/workflow';

/** Names what this run's proof makes: the random end of the run's id, fit for labels and image streams. */
export function proofId(): string {
  return workflowInfo().firstExecutionRunId.replaceAll('-', '').slice(-16);
}
