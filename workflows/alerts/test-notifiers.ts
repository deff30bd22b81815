import { workflowInfo } from '@temporalio/workflow';
import { z } from 'zod';
import { targetSchema } from '../../src/domain/request.ts';
import type { NotifierTest } from '../../activities/alerts/notify.ts';
import { alertId } from '../../src/alerts/model/alert.ts';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { notifiersOnce } from '../activities.ts';
import { asFailure, readRequest } from '../failure.ts';

const inputSchema = z.strictObject({ target: targetSchema, notifier: z.string().optional() });

/** Sends a test message through one notifier, or through every one, for `purser notify test`. */
export async function testNotifiers(input: {
  readonly target: string;
  readonly notifier?: string | undefined;
}): Promise<readonly NotifierTest[]> {
  const { target, notifier } = readRequest(inputSchema, input);
  try {
    const { tried } = await notifiersOnce().testNotifiers.executeWithOptions(
      { summary: `send a test message through ${notifier ?? 'every notifier'}` },
      [{ notifier, alert: testAlert(target) }],
    );
    return tried;
  } catch (error) {
    throw asFailure(error, target);
  }
}

// A notifier takes the test whatever alerts it is set to take; the message says that it is a test.
function testAlert(target: string): Alert {
  const { startTime, workflowId, runId } = workflowInfo();
  const at = startTime.toISOString();
  return {
    id: `test/${alertId({ target, check: 'write-path', at })}`,
    target,
    check: 'write-path',
    state: 'firing',
    severity: 'warning',
    worst: 'warning',
    cause: 'probe',
    summary: 'This is a test of a notifier: nothing is wrong',
    at,
    since: at,
    lastGood: at,
    evidence: ['sent by `purser notify test`'],
    run: { workflowId, runId },
  };
}
