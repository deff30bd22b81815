import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { Report } from '../../access/model/report/report.ts';
import { reportQuery } from '../../../workflows/contract.ts';
import { follow } from './follow.ts';
import { formatReport, exitCodeOf } from '../access/report.ts';
import { formatJson } from './json.ts';
import { createScreen } from './screen.ts';

const ANSWER_WITHIN_MS = 15_000;

interface SavedReport {
  readonly report: Report;
  readonly location?: string;
}

/** How a command shows a workflow that ends with a report. */
export interface WatchOptions {
  readonly output: 'text' | 'json';
  readonly link: string | undefined;
  /** What to say where the reader stops watching with Ctrl-C. */
  readonly onInterrupt: string;
}

/**
 * Shows a workflow live and then its report; resolves to the exit code. Ctrl-C stops the watching
 * and leaves the workflow to itself.
 */
export async function watch(handle: WorkflowHandle, options: WatchOptions): Promise<number> {
  return exitCodeOf((await watchReport(handle, options)).outcome);
}

/** {@link watch}, resolving to the report. Throws where the workflow ends without one. */
export async function watchReport(handle: WorkflowHandle, options: WatchOptions): Promise<Report> {
  const { output, link, onInterrupt } = options;
  const ended = new AbortController();
  let shown = 0;
  const screen = createScreen(output);
  const counting = {
    ...screen,
    step: (step: Report['steps'][number]) => (shown++, screen.step(step)),
  };
  const interrupt = () => {
    screen.close();
    process.stderr.write(`${onInterrupt}\n`);
    process.exit(130);
  };
  process.once('SIGINT', interrupt);
  const following = follow(handle, counting, ended.signal);
  try {
    const saved = await resultOf(handle);
    ended.abort();
    await following;
    screen.close();
    show(saved, { output, link }, shown);
    return saved.report;
  } finally {
    ended.abort();
    await following;
    screen.close();
    process.off('SIGINT', interrupt);
  }
}

function show(
  saved: SavedReport,
  { output, link }: Omit<WatchOptions, 'onInterrupt'>,
  shown: number,
): void {
  const { report, location } = saved;
  process.stdout.write(
    output === 'json'
      ? `${formatJson({ ...report, ...(location === undefined ? {} : { location }) })}\n`
      : `${formatReport(report, { location, link }, shown)}\n`,
  );
}

// A workflow that failed carries its report with the failure.
async function resultOf(handle: WorkflowHandle): Promise<SavedReport> {
  try {
    return await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const details = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    const [report, location]: readonly unknown[] = details;
    if (isReport(report)) return typeof location === 'string' ? { report, location } : { report };
    if (cause instanceof CancelledFailure) return reportOfCancelled(handle, error);
    throw error;
  }
}

// Temporal keeps no result of a cancelled run: it answers a query instead, where a worker runs workflows.
async function reportOfCancelled(handle: WorkflowHandle, error: unknown): Promise<SavedReport> {
  try {
    const { connection } = handle.client;
    return await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      handle.query(reportQuery),
    );
  } catch {
    throw error;
  }
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'outcome' in value && 'steps' in value;
}
