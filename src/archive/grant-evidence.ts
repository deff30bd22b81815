import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { EvidenceQuestion, GrantEvidence } from '../access/model/grants/revocation.ts';
import { recordedSubjectSchema } from '../domain/subject.ts';
import { isBindingName } from '../access/model/grants/binding-name.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import { reportFolders } from './report-key.ts';

// The newest ones are enough. A report has some kilobytes: a much larger file is none.
const REPORTS_AT_MOST = 200;
const REPORT_BYTES_AT_MOST = 4 * 1024 * 1024;
const BINDINGS_AT_MOST = 50;

// Reports of other versions may have other fields, but all of them have these.
const reportSchema = z.object({
  workflow: z.enum(['onboard', 'revoke']),
  target: z.string(),
  subject: recordedSubjectSchema,
  endedAt: z.string(),
  steps: z.array(z.object({ name: z.string(), outcome: z.string() })),
  grants: z.array(z.object({ access: z.string(), binding: z.string() })),
});

/**
 * What the reports about a subject show of one access: whether Purser ever gave it, and by which bindings.
 * Reads the newest 200 of each name's onboardings and revocations. It skips files that are no report,
 * reports about another subject whose name has the same folder, and binding names that Purser never uses.
 */
export async function findEvidence(
  archive: Archive,
  { target, names, access }: EvidenceQuestion,
  signal: AbortSignal,
): Promise<GrantEvidence> {
  const folders = names.flatMap((name) => [
    ...reportFolders({ workflow: 'onboard', target, subject: name }),
    ...reportFolders({ workflow: 'revoke', target, subject: name }),
  ]);
  const found: ReportedGrants[] = [];
  for (const folder of folders) {
    for (const entry of await newest(archive, folder, signal)) {
      const report = await readReport(archive, entry, signal);
      if (report === undefined || !isAbout(report, { target, names })) continue;
      const grants = report.grants.filter((grant) => grant.access === access);
      if (grants.length === 0 && !wasTakenBack(report, access)) continue;
      found.push({
        place: `${archive.place}/${entry.key}`,
        endedAt: report.endedAt,
        bindings: grants.map(({ binding }) => binding).filter(isBindingName),
      });
    }
  }
  const [last] = found.sort((a, b) => b.endedAt.localeCompare(a.endedAt));
  const bindings = [...new Set(found.flatMap((each) => each.bindings))];
  return {
    ...(last === undefined ? {} : { report: { place: last.place, endedAt: last.endedAt } }),
    bindings: bindings.slice(0, BINDINGS_AT_MOST),
  };
}

type ParsedReport = z.infer<typeof reportSchema>;

function isAbout(
  { target, subject }: ParsedReport,
  asked: Pick<EvidenceQuestion, 'target' | 'names'>,
): boolean {
  return target === asked.target && asked.names.some((name) => isDeepStrictEqual(name, subject));
}

// A revocation may have found only an onboarding that waited, and cancelled it.
function wasTakenBack({ workflow, steps }: ParsedReport, access: string): boolean {
  const isDone = steps.some(
    ({ name, outcome }) => name === `revoke ${access}` && outcome === 'passed',
  );
  return workflow === 'revoke' && isDone;
}

interface ReportedGrants {
  readonly place: string;
  readonly endedAt: string;
  readonly bindings: readonly string[];
}

async function newest(archive: Archive, folder: string, signal: AbortSignal) {
  const entries: ArchiveEntry[] = [];
  for await (const entry of archive.list(folder, signal)) {
    if (entry.bytes <= REPORT_BYTES_AT_MOST) entries.push(entry);
  }
  const byAge = entries.sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt));
  return byAge.slice(0, REPORTS_AT_MOST);
}

async function readReport(archive: Archive, { key }: ArchiveEntry, signal: AbortSignal) {
  const bytes = await archive.read(key, signal);
  if (bytes === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return reportSchema.safeParse(parse(Buffer.concat(chunks).toString('utf8'))).data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
