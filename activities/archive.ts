import type { Archive } from '../src/archive/folder.ts';
import { PurserError } from '../src/domain/errors.ts';
import type { Report } from '../src/domain/report.ts';
import { subjectKey } from '../src/domain/subject.ts';
import { attempt } from './attempt.ts';

export const createArchiveActivities = (archive: Archive) => ({
  /**
   * Keeps a report under `reports/<workflow>/<target>/<Kind>/<name>/<run id>.json`; the same run
   * again replaces it. Resolves to where it is.
   */
  async keepReport(report: Report): Promise<{ readonly location: string }> {
    return attempt(async () => {
      const { workflow, target, subject, runId } = report;
      const who = [subject.kind, encodeURIComponent(subjectKey(subject))];
      const key = ['reports', workflow, target, ...who, `${runId}.json`].join('/');
      try {
        return { location: await archive.put(key, `${JSON.stringify(report, null, 2)}\n`) };
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown error';
        throw new PurserError('Unreachable', `the report could not be archived: ${reason}`, {
          cause: error,
        });
      }
    });
  },
});
