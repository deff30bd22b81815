import { createHash } from 'node:crypto';
import { activityInfo, getClient } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure, WorkflowNotFoundError } from '@temporalio/common';
import { ID_AT_MOST } from '../src/domain/bounded-id.ts';
import { isOpenStatus, OPEN_FILTER } from '../src/access/model/run-status.ts';
import { isVisible } from '../src/domain/subject.ts';
import type { Maker } from '../src/kubernetes/labels.ts';

/**
 * What an activity asks Temporal itself instead of trusting its input: the account that starts a workflow
 * chooses the input, but cannot choose these answers.
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
  /**
   * The state of the run that a mark names, as {@link thisRun} gives it; undefined if Temporal does not
   * know the run (any more), or if the mark is malformed.
   */
  runOf(mark: string): Promise<RunState | undefined>;
  /** The workflow ids of all open onboardings, of every subject and target. */
  openOnboardings(): Promise<readonly string[]>;
}

/** A run, as Temporal knows it. */
export interface RunState {
  readonly workflowId: string;
  /** Of the chain of runs that the mark's run began: the last one. */
  readonly runId: string;
  /** Whether any run of this workflow id is open: it may be a later one, about the same subject. */
  readonly isOpen: boolean;
  /** As Temporal calls it: `COMPLETED`, `TERMINATED`, … */
  readonly status: string;
  /** What it has left: its result, or the first detail of its failure; undefined for neither. */
  outcome(): Promise<unknown>;
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
    runOf,
    openOnboardings,
  };
}

// A longer mark is cut, so that it names no run.
const MAX_MARK_LENGTH = 1_000;

/**
 * A mark's two parts; undefined for what is no mark. Every account that may write annotations can write one.
 * So the id is checked: Purser's own have at most 255 characters, none of them invisible.
 */
export function parseMark(
  mark: string,
): { readonly workflowId: string; readonly firstRun: string } | undefined {
  const [, workflowId, firstRun] =
    /^(.+)\/([0-9a-f-]{36})$/s.exec(mark.slice(0, MAX_MARK_LENGTH)) ?? [];
  if (workflowId === undefined || firstRun === undefined) return undefined;
  const isId =
    workflowId.length <= ID_AT_MOST && workflowId.isWellFormed() && isVisible(workflowId);
  return isId ? { workflowId, firstRun } : undefined;
}

/** Who makes what this activity makes: its run, and the installation that the run belongs to. */
export async function makerOf(executions: Executions): Promise<Maker> {
  const [madeBy, installation] = await Promise.all([
    executions.thisRun(),
    executions.installation(),
  ]);
  return { madeBy, installation };
}

async function runOf(mark: string): Promise<RunState | undefined> {
  const parts = parseMark(mark);
  if (parts === undefined) return undefined;
  const { workflowId, firstRun } = parts;
  const latest = await describeRun(workflowId);
  const isSame = latest?.raw.workflowExecutionInfo?.firstRunId === firstRun;
  const named = isSame ? latest : await describeRun(workflowId, firstRun);
  const isOpen = latest !== undefined && isOpenStatus(latest.status.name);
  if (named === undefined && !isOpen) return undefined;
  const { runId, status } = named ?? { runId: firstRun, status: { name: 'UNKNOWN' } };
  const outcome = () => outcomeOf(workflowId, runId);
  return { workflowId, runId, isOpen, status: status.name, outcome };
}

async function openOnboardings(): Promise<readonly string[]> {
  const query = `WorkflowType = 'onboard' AND ${OPEN_FILTER}`;
  const ids: string[] = [];
  for await (const { workflowId } of getClient().workflow.list({ query })) ids.push(workflowId);
  return ids;
}

async function describeRun(workflowId: string, runId?: string) {
  try {
    return await getClient().workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function outcomeOf(workflowId: string, runId: string): Promise<unknown> {
  const handle = getClient().workflow.getHandle(workflowId, runId, { followRuns: false });
  try {
    return await handle.result();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) return { report: cause.details?.[0] };
    if (cause instanceof TemporalFailure || error instanceof WorkflowNotFoundError)
      return undefined;
    throw error;
  }
}

async function readInstallation(): Promise<string> {
  const { workflowService, options } = getClient();
  const { namespace } = options;
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace });
  const id = namespaceInfo?.id ?? '';
  if (id === '') throw new TypeError(`Temporal tells no id of its namespace ${namespace}`);
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}
