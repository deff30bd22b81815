import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowEnvironment } from '../../support/workflow-environment.ts';
import { failure } from '../../support/workflow-environment.ts';

/** Makes a workflow go one of its ways; resolves to it when nothing but its end is ahead. */
export type Story = (env: WorkflowEnvironment) => Promise<WorkflowHandle>;

/** By the name of the file that keeps the history. */
export type Stories = Readonly<Record<string, Story>>;

export function unreachable(): never {
  throw failure('Unreachable', 'the registry does not answer');
}
