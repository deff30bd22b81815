import { SANDBOX_TARGET } from '../../sandbox/cli/config.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import { onboardRequestSchema } from '../../src/access/model/request.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { onboardId } from '../../workflows/contract.ts';
import { readTimeline } from './history.ts';
import type { RunTimeline } from './history.ts';
import { inParallel, takeTurn } from './turn.ts';
import type { Turn } from './turn.ts';
import { ACCESSES } from '../environment.ts';
import type { Environment } from '../environment.ts';

/** One onboarding by Purser: its history, and its report's steps. */
export interface Onboarding {
  readonly course: RunTimeline;
  readonly steps: Report['steps'];
}

/** Onboards with the shipped workflow, on the sandbox's own worker. Throws if one access is not proven. */
export async function onboardByPurser(
  env: Environment,
  users: readonly string[],
  parallel: number,
): Promise<{ readonly turn: Turn; readonly onboardings: readonly Onboarding[] }> {
  const reports: Report[] = [];
  const turn = await takeTurn(env, () =>
    inParallel(users, parallel, async (user) => {
      const handle = await startOnboard(env.client, requestFor(user));
      reports.push((await handle.result()).report);
    }),
  );
  const unproven = reports.find(({ outcome }) => outcome !== 'proven');
  if (unproven !== undefined) {
    throw new Error(
      `${unproven.workflowId} ended as ${unproven.outcome}; only proofs are compared`,
    );
  }
  const onboardings: Onboarding[] = [];
  for (const { workflowId, steps } of reports) {
    onboardings.push({ course: await readTimeline(env.client, workflowId), steps });
  }
  return { turn, onboardings };
}

/** The id of the workflow that onboards a user. */
export function workflowOf(user: string): string {
  return onboardId(SANDBOX_TARGET, { kind: 'User', name: user });
}

function requestFor(user: string) {
  return parseRequest(onboardRequestSchema, {
    target: SANDBOX_TARGET,
    subject: { kind: 'User', name: user },
    accesses: [...ACCESSES],
    prove: 'required',
    requestedBy: 'bench',
    reason: 'measures how long it takes',
  });
}
