import type { Examined } from './examination.ts';
import type { Examination } from './examination.ts';
import { activityInfo } from '@temporalio/activity';
import { examinationSchema } from '../../src/health/model/evaluation-schema.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { attempt } from '../attempt.ts';
import type { ProviderChecks } from '../identity/providers.ts';
import type { Target } from '../target.ts';
import { examine } from './examine.ts';

export function createHealthActivities(target: Target, providers: ProviderChecks) {
  return {
    /**
     * Runs the checks side by side, all in one activity: a run of the schedule costs one, however many
     * checks there are. It fails only when it is cancelled: what cannot be checked is in the results.
     * Takes up to 2 minutes; a second attempt removes what a killed one has left.
     */
    async runHealthChecks(given: Examination): Promise<Examined> {
      return attempt(async ({ signal, show }) => {
        const input = parseRequest(examinationSchema, given);
        const { workflowExecution } = activityInfo();
        const run = `${workflowExecution?.workflowId}/${workflowExecution?.runId}`;
        return examine(target, input, { run, providers, signal, show });
      });
    },
  };
}
