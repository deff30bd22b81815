import { createFinding } from '../../src/domain/finding.ts';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GrantRecord, Outcome, Report, Undone } from '../../src/access/model/report/report.ts';
import { fitReport } from '../../src/access/model/report/fit.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { archive } from '../activities.ts';
import type { ProgressView } from '../progress-view.ts';
import { reportQuery } from '../contract.ts';
import type { FailureSummary } from '../failure.ts';
import { meterOutcome } from './meters.ts';

interface ReportRequest {
  readonly target: string;
  readonly subject: Subject;
  readonly accesses: readonly string[];
  readonly requestedBy?: string | undefined;
  readonly reason?: string | undefined;
}

interface ReportOutcome {
  readonly outcome: Outcome;
  readonly grants: readonly GrantRecord[];
  readonly failure?: FailureSummary & { readonly undone: string };
  readonly undone?: Undone;
  readonly next?: readonly string[];
}

/** A report, and its place in the archive. */
export interface ArchivedReport {
  readonly report: Report;
  /** Absent if the report could not be archived; its findings then say so. */
  readonly location?: string;
}

/** What the caller claimed: only the fields that are set. */
export function claimedBy({ requestedBy, reason }: ReportRequest): Report['claimed'] {
  return {
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/**
 * Writes the report of a workflow that is about to end, and archives it. If the archive fails, no access is
 * revoked: a finding says so, and the workflow's result still has the report.
 */
export async function finishWithReport(
  workflow: Report['workflow'],
  request: ReportRequest,
  view: ProgressView,
  ended: ReportOutcome,
): Promise<ArchivedReport> {
  const { workflowId, runId, startTime } = workflowInfo();
  view.state(ended.outcome);
  meterOutcome(workflow, {
    target: request.target,
    outcome: ended.outcome,
    ms: Date.now() - startTime.getTime(),
    failure: ended.failure?.type,
  });
  const report = fitReport({
    workflow,
    workflowId,
    runId,
    target: request.target,
    subject: request.subject,
    accesses: request.accesses,
    claimed: claimedBy(request),
    outcome: ended.outcome,
    startedAt: startTime.toISOString(),
    endedAt: new Date().toISOString(),
    steps: view.steps,
    findings: view.findings,
    grants: ended.grants,
    ...(ended.failure === undefined ? {} : { failure: ended.failure }),
    ...(ended.undone === undefined ? {} : { undone: ended.undone }),
    next: ended.next ?? [],
  });
  const kept = await archiveReportOf(report);
  // A cancelled run has no result: a query answers with its report.
  setHandler(reportQuery, () => kept, { description: 'The report of a run that has ended' });
  return kept;
}

async function archiveReportOf(report: Report): Promise<ArchivedReport> {
  return CancellationScope.nonCancellable(async () => {
    // Updates and signals that were received are answered before the workflow ends.
    await condition(allHandlersFinished);
    try {
      const { archiveReport } = archive();
      const options = { summary: `archive the report (outcome: ${report.outcome})` };
      const { location } = await archiveReport.executeWithOptions(options, [report]);
      return { report, location };
    } catch {
      const text = 'the report could not be archived; only the result of this workflow has it';
      const finding = createFinding('warning', 'storage', text);
      return { report: { ...report, findings: [...report.findings, finding] } };
    }
  });
}
