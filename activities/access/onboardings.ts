import { setTimeout as sleep } from 'node:timers/promises';
import { getClient } from '@temporalio/activity';
import type { defineSearchAttributeKey, Payload } from '@temporalio/common';
import { z } from 'zod';
import { parseRequest } from '../../src/domain/request.ts';
import type { OpenOnboarding } from '../../src/access/model/grants/revocation.ts';
import { isOpenStatus } from '../../src/access/model/run-status.ts';
import { attempt } from '../attempt.ts';

const POLL_EVERY_MS = 250;
// The undo of an onboarding takes seconds if nothing is in its way.
const END_TIMEOUT_MS = 60_000;
const OVERDUE = 'undo-overdue';

const workflowIdSchema = z.string().min(1).max(1_000);
const openQuerySchema = z.strictObject({ workflowIds: z.array(workflowIdSchema).min(1).max(3) });
const executionSchema = z.strictObject({
  workflowId: workflowIdSchema,
  runId: z.string().min(1).max(100),
});
const inputSchema = z.object({ accesses: z.array(z.string()) });

/** The search attributes in which onboardings publish their accesses and their state. */
interface SearchKeys {
  readonly access: ReturnType<typeof defineSearchAttributeKey<'KEYWORD_LIST'>>;
  readonly state: ReturnType<typeof defineSearchAttributeKey<'KEYWORD'>>;
}

type ReadPayload = (payload: Payload | undefined) => Promise<unknown>;

/** The queries of a revocation to Temporal about the onboardings of the same subject. */
export function createOnboardingActivities(attributes: SearchKeys, readPayload: ReadPayload) {
  return {
    /** The onboardings among these that have not ended. */
    async listOpenOnboardings(given: {
      readonly workflowIds: readonly string[];
    }): Promise<{ readonly open: readonly OpenOnboarding[] }> {
      return attempt(
        async () => {
          const { workflowIds } = parseRequest(openQuerySchema, given);
          const found = await Promise.all(
            workflowIds.map((id) => findOpen(id, attributes, readPayload)),
          );
          return { open: found.flatMap((each) => each ?? []) };
        },
        { patience: 'for-ever' },
      );
    },

    /**
     * Waits until a run of an onboarding has ended, for a minute at most. Does not wait if its undo is
     * overdue. Resolves to whether the run has ended.
     */
    async awaitOnboardingEnd(given: {
      readonly workflowId: string;
      readonly runId: string;
    }): Promise<{ readonly hasEnded: boolean }> {
      return attempt(
        async ({ signal }) => {
          const { workflowId, runId } = parseRequest(executionSchema, given);
          const handle = getClient().workflow.getHandle(workflowId, runId);
          const until = Date.now() + END_TIMEOUT_MS;
          for (;;) {
            const { status, typedSearchAttributes } = await handle.describe();
            if (!isOpenStatus(status.name)) return { hasEnded: true };
            const isOverdue = typedSearchAttributes.get(attributes.state) === OVERDUE;
            if (isOverdue || Date.now() >= until) return { hasEnded: false };
            await sleep(POLL_EVERY_MS, undefined, { signal });
          }
        },
        { patience: 'for-ever' },
      );
    },
  };
}

async function findOpen(
  workflowId: string,
  { access }: SearchKeys,
  readPayload: ReadPayload,
): Promise<OpenOnboarding | undefined> {
  try {
    const handle = getClient().workflow.getHandle(workflowId);
    const { status, runId, typedSearchAttributes } = await handle.describe();
    if (!isOpenStatus(status.name)) return undefined;
    // Set by the workflow's first task, which may not have run yet.
    const published = typedSearchAttributes.get(access);
    const accesses = published ?? (await requestedAccesses(workflowId, runId, readPayload));
    return { workflowId, runId, accesses };
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

async function requestedAccesses(
  workflowId: string,
  runId: string,
  readPayload: ReadPayload,
): Promise<readonly string[]> {
  const { events } = await getClient().workflow.getHandle(workflowId, runId).fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return inputSchema.safeParse(await readPayload(input)).data?.accesses ?? [];
}
