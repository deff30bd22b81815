import { createHash } from 'node:crypto';
import type { Report } from '../access/model/report/report.ts';
import { subjectKey } from '../domain/subject.ts';

// File systems allow 255 bytes a name, and encoding can make a name nine times as long.
const NAME_AT_MOST = 200;

/** The key of a report: `reports/<workflow>/<target>/<Kind>/<name>/<run id>.json`. */
export function reportKey(
  report: Pick<Report, 'workflow' | 'target' | 'subject' | 'runId'>,
): string {
  return `${reportFolder(report)}${report.runId}.json`;
}

/** The keys under which the report of a run may be; the key of today's version comes first. */
export function reportKeys(
  report: Pick<Report, 'workflow' | 'target' | 'subject' | 'runId'>,
): readonly string[] {
  return reportFolders(report).map((folder) => `${folder}${report.runId}.json`);
}

type ReportSubject = Pick<Report, 'workflow' | 'target' | 'subject'>;

/** The prefix under which reports of a workflow on a target about one subject are kept. */
export function reportFolder(about: ReportSubject): string {
  const name = encodedName(about);
  // A name that looks shortened is shortened too, so that it differs from every shortened name.
  return folderOf(about, isShort(name) && !/-[0-9a-f]{16}$/.test(name) ? name : shortened(name));
}

/**
 * The prefixes under which such reports may be: {@link reportFolder}, and the folder of earlier versions, which
 * did not shorten a name that looks shortened. That folder may also hold reports of another, long name: a
 * reader must check the subject of a report.
 */
export function reportFolders(about: ReportSubject): readonly string[] {
  const name = encodedName(about);
  const earlier = folderOf(about, isShort(name) ? name : shortened(name));
  return [...new Set([reportFolder(about), earlier])];
}

function encodedName({ subject }: ReportSubject): string {
  return encodeURIComponent(subjectKey(subject));
}

function isShort(name: string): boolean {
  return name.length <= NAME_AT_MOST;
}

function shortened(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, NAME_AT_MOST - 17)}-${digest}`;
}

function folderOf({ workflow, target, subject }: ReportSubject, name: string): string {
  return ['reports', workflow, target, subject.kind, name, ''].join('/');
}
