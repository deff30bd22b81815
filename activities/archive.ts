import { activityInfo } from '@temporalio/activity';
import type { Archive } from '../src/archive/archive.ts';
import { findEvidence } from '../src/archive/grant-evidence.ts';
import { reportKey } from '../src/archive/report-key.ts';
import { errorMessage, PurserError } from '../src/domain/errors.ts';
import type { Report } from '../src/access/model/report/report.ts';
import { evidenceQuestionSchema } from '../src/access/model/grants/revocation.ts';
import type { EvidenceQuestion, GrantEvidence } from '../src/access/model/grants/revocation.ts';
import { subjectWorkflowId } from '../src/access/model/subject-id.ts';
import { reportSchema } from '../src/access/model/report/schema.ts';
import { parseRequest } from '../src/domain/request.ts';
import { attempt } from './attempt.ts';

export function createArchiveActivities(archive: Archive) {
  return {
    /**
     * Stores the report of the calling run; the same run again replaces it. Resolves to where it is.
     * Throws `InvalidRequest` for a report of another run, or about another subject than the run's id names:
     * no workflow may overwrite another one's report, or make evidence of what it did not do.
     */
    async archiveReport(given: Report): Promise<{ readonly location: string }> {
      return attempt(async () => {
        const report = parseRequest(reportSchema, given);
        assertOwn(report);
        try {
          return {
            location: await archive.put(reportKey(report), `${JSON.stringify(report, null, 2)}\n`),
          };
        } catch (error) {
          const type = error instanceof PurserError ? error.type : 'Unreachable';
          const reason = errorMessage(error);
          throw new PurserError(type, `the report could not be archived: ${reason}`, {
            cause: error,
          });
        }
      });
    },

    /** What archived reports show of one access of a subject: whether Purser ever granted it. */
    async findGrantEvidence(given: EvidenceQuestion): Promise<GrantEvidence> {
      return attempt(async ({ signal }) => {
        const question = parseRequest(evidenceQuestionSchema, given);
        return findEvidence(archive, question, signal);
      });
    },
  };
}

function assertOwn(report: Report): void {
  const { workflowExecution, workflowType } = activityInfo();
  const isOwn =
    report.workflow === workflowType &&
    report.workflowId === workflowExecution?.workflowId &&
    report.workflowId === subjectWorkflowId(report.workflow, report.target, report.subject) &&
    report.runId === workflowExecution.runId;
  if (isOwn) return;
  throw new PurserError(
    'InvalidRequest',
    `the report is of ${report.workflow} ${report.workflowId} (run ${report.runId}), and ${workflowType} ${workflowExecution?.workflowId} (run ${workflowExecution?.runId}) sent it. A workflow may store only its own report, under the id that target and subject give`,
  );
}
