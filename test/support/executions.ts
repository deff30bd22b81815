import type { Executions } from '../../activities/executions.ts';

/** For activities that run without Temporal: all of them belong to the same run. */
export const EXECUTIONS: Executions = {
  thisRun: async () => 'onboard/prod/User/alice/run-1',
  installation: async () => '0123456789abcdef',
  runOf: async () => undefined,
  openOnboardings: async () => [],
};
