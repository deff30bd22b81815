import type { Archive } from '../src/archive/archive.ts';
import { reportKey } from '../src/archive/report-key.ts';
import { PurserError } from '../src/domain/errors.ts';
import type { Report } from '../src/domain/report.ts';
import { attempt } from './attempt.ts';

export const createArchiveActivities = (archive: Archive) => ({
  /**
   * Keeps a report in the archive; the same run again replaces it. Resolves to where it is.
   */
  async keepReport(report: Report): Promise<{ readonly location: string }> {
    return attempt(async () => {
      try {
        return {
          location: await archive.put(reportKey(report), `${JSON.stringify(report, null, 2)}\n`),
        };
      } catch (error) {
        const type = error instanceof PurserError ? error.type : 'Unreachable';
        const reason = error instanceof Error ? error.message : 'unknown error';
        throw new PurserError(type, `the report could not be archived: ${reason}`, {
          cause: error,
        });
      }
    });
  },
});
