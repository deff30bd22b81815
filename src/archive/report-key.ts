import { createHash } from 'node:crypto';
import type { Report } from '../access/model/report/report.ts';
import { subjectKey } from '../domain/subject.ts';

// File systems take 255 bytes a name, and an encoded name may be nine times as long as it looks.
const NAME_AT_MOST = 200;

/** Where a report is kept: `reports/<workflow>/<target>/<Kind>/<name>/<run id>.json`. */
export function reportKey(
  report: Pick<Report, 'workflow' | 'target' | 'subject' | 'runId'>,
): string {
  return `${reportFolder(report)}${report.runId}.json`;
}

/** The keys under which the report of a run may be: the one that it is kept under now comes first. */
export function reportKeys(
  report: Pick<Report, 'workflow' | 'target' | 'subject' | 'runId'>,
): readonly string[] {
  return reportFolders(report).map((folder) => `${folder}${report.runId}.json`);
}

type About = Pick<Report, 'workflow' | 'target' | 'subject'>;

/** The prefix under which reports of a workflow on a target about one subject are kept. */
export function reportFolder(about: About): string {
  const name = encodedName(about);
  // A name that looks shortened is shortened, too, so that it cannot pass for the one that was.
  return folderOf(about, isShort(name) && !/-[0-9a-f]{16}$/.test(name) ? name : shortened(name));
}

/**
 * The prefixes under which such reports may be: {@link reportFolder}, and where they were kept when a name
 * that looks shortened was not. In that folder may be those of another, long name, too: a reader has to
 * look whom a report is about.
 */
export function reportFolders(about: About): readonly string[] {
  const name = encodedName(about);
  const earlier = folderOf(about, isShort(name) ? name : shortened(name));
  return [...new Set([reportFolder(about), earlier])];
}

function encodedName({ subject }: About): string {
  return encodeURIComponent(subjectKey(subject));
}

function isShort(name: string): boolean {
  return name.length <= NAME_AT_MOST;
}

function shortened(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, NAME_AT_MOST - 17)}-${digest}`;
}

function folderOf({ workflow, target, subject }: About, name: string): string {
  return ['reports', workflow, target, subject.kind, name, ''].join('/');
}
