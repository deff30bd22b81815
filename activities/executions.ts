import { createHash } from 'node:crypto';
import { activityInfo, getClient } from '@temporalio/activity';

/**
 * What an activity asks Temporal itself, so that it need not believe its input: whoever can start a
 * workflow chooses that, and cannot choose this.
 */
export interface Executions {
  /**
   * `<workflow id>/<first run id>` of the run that this activity belongs to: the mark on everything
   * that it makes (annotation `purser.dev/made-by`). A reset run keeps its first run's id.
   */
  thisRun(): Promise<string>;
  /**
   * Names this installation of Purser on a cluster that several look after: sixteen hexadecimal digits,
   * a hash of the Temporal namespace's id, so that all its workers agree without a setting.
   */
  installation(): Promise<string>;
}

/** Asks over the worker's own connection; fails as any call to Temporal does, and is tried again. */
export function createExecutions(): Executions {
  let installation: string | undefined;
  return {
    thisRun: async () => {
      const { workflowId, runId } = activityInfo().workflowExecution ?? {};
      if (workflowId === undefined || runId === undefined) {
        throw new TypeError('this activity belongs to no workflow');
      }
      const { raw } = await getClient().workflow.getHandle(workflowId, runId).describe();
      return `${workflowId}/${raw.workflowExecutionInfo?.firstRunId || runId}`;
    },
    installation: async () => {
      installation ??= await readInstallation();
      return installation;
    },
  };
}

async function readInstallation(): Promise<string> {
  const { workflowService, options } = getClient();
  const { namespace } = options;
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace });
  const id = namespaceInfo?.id ?? '';
  if (id === '') throw new TypeError(`Temporal tells no id of its namespace ${namespace}`);
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}
