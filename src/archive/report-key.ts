import { createHash } from 'node:crypto';
import type { Report } from '../domain/report.ts';
import { subjectKey } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';

// File systems take 255 bytes a name, and an encoded name may be nine times as long as it looks.
const NAME_AT_MOST = 200;

/** Where a report is kept: `reports/<workflow>/<target>/<Kind>/<name>/<run id>.json`. */
export function reportKey({
  workflow,
  target,
  subject,
  runId,
}: Pick<Report, 'workflow' | 'target' | 'subject' | 'runId'>): string {
  return `${reportFolder(workflow, target, subject)}${runId}.json`;
}

/** The prefix of all reports about one subject, with its slash. */
export function reportFolder(
  workflow: Report['workflow'],
  target: string,
  subject: Subject,
): string {
  const name = encodeURIComponent(subjectKey(subject));
  const short =
    name.length <= NAME_AT_MOST
      ? name
      : `${name.slice(0, NAME_AT_MOST - 17)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  return ['reports', workflow, target, subject.kind, short, ''].join('/');
}
