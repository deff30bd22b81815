import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Report } from '../../src/access/model/report/report.ts';
import { reportQuery } from '../../workflows/contract.ts';
import type { Activities } from './activity-types.ts';
import type { WorkflowEnvironment } from './workflow-environment.ts';

/** How a run with a report has ended. */
export interface RunEnd {
  readonly report: Report;
  readonly location?: string;
  /** What it failed with, where it did. */
  readonly error?: unknown;
}

/** Waits for the end of an onboarding or a revocation, however that is. */
export async function endOfRun(handle: Pick<WorkflowHandle, 'result' | 'query'>): Promise<RunEnd> {
  const error = await handle.result().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return handle.query(reportQuery);
  if (!(error instanceof WorkflowFailedError))
    throw new Error('the run has no end', { cause: error });
  if (error.cause instanceof ApplicationFailure && error.cause.details?.[0] === undefined) {
    throw error.cause;
  }
  return { ...(await handle.query(reportQuery)), error: error.cause };
}

/** What an activity was called with first. */
export function inputOf({ calls }: WorkflowEnvironment, activity: keyof Activities): unknown {
  return calls.find(({ name }) => name === activity)?.input;
}

/** What a run shows as its PurserState. */
export async function stateOf(handle: Pick<WorkflowHandle, 'describe'>): Promise<unknown> {
  return (await handle.describe()).searchAttributes['PurserState']?.[0];
}

/** What a run failed with. Fails if it ended well. */
export async function failureOf(handle: Pick<WorkflowHandle, 'result'>): Promise<unknown> {
  const error: unknown = await handle.result().then(
    () => assert.fail('it ended well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WorkflowFailedError);
  return error.cause;
}

/** {@link failureOf} of a run that failed by a failure of its own, and was not cancelled. */
export async function ownFailureOf(
  handle: Pick<WorkflowHandle, 'result'>,
): Promise<ApplicationFailure> {
  const cause = await failureOf(handle);
  assert.ok(cause instanceof ApplicationFailure);
  return cause;
}
