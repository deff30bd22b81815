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

/** A report, and where the archive keeps it. */
export interface ArchivedReport {
  readonly report: Report;
  /** Absent where it could not be kept; the report's findings then say why. */
  readonly location?: string;
}

/** What the caller claimed, without the fields that were left out. */
export function claimedBy({ requestedBy, reason }: ReportRequest): Report['claimed'] {
  return {
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/**
 * Writes the report of a workflow that is about to end and keeps it in the archive. An archive that
 * fails takes back no access: then the report says so, and is in the workflow's result all the same.
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
  // A cancelled run has no result: this is how one learns what became of it.
  setHandler(reportQuery, () => kept, { description: 'The report of a run that has ended' });
  return kept;
}

async function archiveReportOf(report: Report): Promise<ArchivedReport> {
  return CancellationScope.nonCancellable(async () => {
    // Whoever has asked something is answered before the workflow is gone.
    await condition(allHandlersFinished);
    try {
      const { archiveReport } = archive();
      const options = { summary: `keep the report: ${report.outcome}` };
      const { location } = await archiveReport.executeWithOptions(options, [report]);
      return { report, location };
    } catch {
      const text = 'the report could not be archived; it is in the result of this workflow only';
      const finding = createFinding('warning', 'storage', text);
      return { report: { ...report, findings: [...report.findings, finding] } };
    }
  });
}
