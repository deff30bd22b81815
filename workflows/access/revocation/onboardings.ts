import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';
import type { Step } from '../../../src/domain/step.ts';
import type { OpenOnboarding } from '../../../src/access/model/grants/revocation.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { onboardings } from '../../activities.ts';
import { onboardId } from '../../contract.ts';
import type { RevocationContext } from './context.ts';

/**
 * Cancels the open onboardings of a subject that would grant one of the accesses, and waits for their undo.
 * If the undo takes long, the revocation continues and deletes the bindings itself.
 */
export async function stopOnboardings(
  context: RevocationContext,
  names: readonly Subject[],
): Promise<void> {
  const { request, stopped } = context;
  const { open } = await onboardings().listOpenOnboardings.executeWithOptions(
    { summary: 'find open onboardings of the same subject' },
    [{ workflowIds: names.map((name) => onboardId(request.target, name)) }],
  );
  const conflicting = open.filter(
    ({ runId, accesses }) =>
      stopped.every((each) => each.runId !== runId) &&
      accesses.some((access) => request.accesses.includes(access)),
  );
  await Promise.all(conflicting.map((each) => stopOne(context, each)));
}

async function stopOne(
  { request, view, stopped }: RevocationContext,
  open: OpenOnboarding,
): Promise<void> {
  const { workflowId, runId, accesses } = open;
  await view.step('stop onboarding', async () => {
    const began = Date.now();
    try {
      await getExternalWorkflowHandle(workflowId, runId).cancel();
    } catch (error) {
      // The onboarding has ended meanwhile; the search below finds its grants.
      if (isCancellation(error)) throw error;
    }
    const { hasEnded } = await onboardings().awaitOnboardingEnd.executeWithOptions(
      { summary: `wait for the end of ${workflowId}, which is being undone` },
      [{ workflowId, runId }],
    );
    stopped.push({ workflowId, runId, accesses, hasEnded });
    const others = accesses.filter((access) => !request.accesses.includes(access));
    const ending = hasEnded
      ? 'and has ended'
      : 'and is still being undone: its bindings are deleted without waiting for it';
    const step: Step = {
      name: 'stop onboarding',
      outcome: 'passed',
      detail: `${workflowId} was cancelled ${ending}`,
      durationMs: Date.now() - began,
    };
    return { step, findings: others.length === 0 ? [] : [describeOthers(workflowId, others)] };
  });
}

function describeOthers(workflowId: string, others: readonly string[]): Finding {
  const text = `${workflowId} was cancelled as a whole: it will not grant ${others.join(', ')} either. If you still want ${others.length === 1 ? 'that access' : 'those accesses'}, start the onboarding again`;
  return createFinding('warning', 'configuration', text);
}
