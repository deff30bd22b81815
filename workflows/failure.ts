import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  rootCause,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { z } from 'zod';
import { PurserError } from '../src/domain/errors.ts';
import { parseRequest } from '../src/domain/request.ts';
import { targetQueue } from './contract.ts';

/** A failure as reports, the Web UI and the command line show it. */
export interface FailureSummary {
  readonly type: string;
  readonly message: string;
}

/**
 * Parses the input of the workflow. Any client may start a workflow, such as the `temporal` CLI. Bad input ends
 * it at once with `InvalidRequest`, which names each wrong field.
 */
export function readRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  try {
    return parseRequest(schema, input);
  } catch (error) {
    if (error instanceof PurserError)
      throw ApplicationFailure.nonRetryable(error.message, error.type);
    throw error;
  }
}

/** Describes an error for a reader. The text names the queue of `target` if it has no worker. */
export function describeFailure(error: unknown, target: string): FailureSummary {
  if (isCancellation(error)) return { type: 'Cancelled', message: 'the workflow was cancelled' };
  const inner = error instanceof ActivityFailure ? error.cause : error;
  if (inner instanceof TimeoutFailure && inner.timeoutType === 'SCHEDULE_TO_START') {
    return {
      type: 'NotConfigured',
      message: `no worker has taken the first step: task queue ${targetQueue(target)} has none. Check the target's name, and start \`purser worker\` for it`,
    };
  }
  if (inner instanceof ApplicationFailure) {
    return { type: inner.type ?? 'Error', message: inner.message };
  }
  if (inner instanceof PurserError) return { type: inner.type, message: inner.message };
  return { type: 'Error', message: rootCause(error) ?? 'unknown error' };
}

/** The error with which a workflow ends that has nothing to undo. */
export function asFailure(error: unknown, target: string): unknown {
  if (isCancellation(error)) return error;
  const { type, message } = describeFailure(error, target);
  return ApplicationFailure.nonRetryable(message, type);
}
