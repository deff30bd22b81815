import { createHash } from 'node:crypto';
import type { Report } from '../domain/report.ts';
import { subjectKey } from '../domain/subject.ts';

// File systems take 255 bytes a name, and an encoded name may be nine times as long as it looks.
const NAME_AT_MOST = 200;

/** Where a report is kept: `reports/<workflow>/<target>/<Kind>/<name>/<run id>.json`. */
export function reportKey(
  report: Pick<Report, 'workflow' | 'target' | 'subject' | 'runId'>,
): string {
  return `${reportFolder(report)}${report.runId}.json`;
}

/** The prefix of all reports of a workflow on a target about one subject. */
export function reportFolder({
  workflow,
  target,
  subject,
}: Pick<Report, 'workflow' | 'target' | 'subject'>): string {
  const name = encodeURIComponent(subjectKey(subject));
  // A name that looks shortened is shortened, too, so that it cannot pass for the one that was.
  const short =
    name.length <= NAME_AT_MOST && !/-[0-9a-f]{16}$/.test(name)
      ? name
      : `${name.slice(0, NAME_AT_MOST - 17)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  return ['reports', workflow, target, subject.kind, short, ''].join('/');
}
