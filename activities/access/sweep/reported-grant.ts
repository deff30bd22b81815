import { z } from 'zod';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Archive, ArchiveEntry } from '../../../src/archive/archive.ts';
import { reportFolders } from '../../../src/archive/report-key.ts';

const REPORTS_AT_MOST = 200;
const REPORT_BYTES_AT_MOST = 4 * 1024 * 1024;
// The clocks of the archive and of the workflows may differ.
const CLOCKS_DIFFER_BY_MS = 24 * 3_600_000;

const reportSchema = z.object({
  outcome: z.enum(['proven', 'granted-unproven']),
  endedAt: z.iso.datetime(),
  grants: z.array(
    z.object({ access: z.string(), binding: z.string(), namespace: z.string().optional() }),
  ),
});

/** A binding, its access, the possible names of its subject, and the earliest end of a report. */
export interface ReportedGrantQuery {
  readonly target: string;
  readonly names: readonly Subject[];
  readonly access: string;
  readonly binding: string;
  readonly namespace: string | undefined;
  /** RFC 3339; undefined for reports of any age. */
  readonly since: string | undefined;
}

/** A report that a binding gives its access: the report's key, and the end of its run. */
export interface ReportedGrant {
  readonly place: string;
  readonly endedAt: string;
}

/**
 * The newest report of any onboarding that ended after `since` and says that this binding gives this
 * access. `too-many`: there are more than 200 reports of one name since then, and none of the newest
 * 200 says so. Files that are no reports are ignored.
 */
export async function findReportedGrant(
  archive: Archive,
  query: ReportedGrantQuery,
  signal: AbortSignal,
): Promise<ReportedGrant | 'too-many' | undefined> {
  const found: ReportedGrant[] = [];
  let isWhole = true;
  const folders = query.names.flatMap((subject) =>
    reportFolders({ workflow: 'onboard', target: query.target, subject }),
  );
  for (const folder of folders) {
    const { entries, isAll } = await newestEntries(archive, folder, { since: query.since, signal });
    isWhole &&= isAll;
    for (const entry of entries) {
      const standing = await readReportedGrant(archive, entry, { query, signal });
      if (standing !== undefined) found.push(standing);
    }
  }
  const [last] = found.sort((a, b) => Date.parse(b.endedAt) - Date.parse(a.endedAt));
  return last ?? (isWhole ? undefined : 'too-many');
}

async function newestEntries(
  archive: Archive,
  folder: string,
  { since, signal }: { readonly since: string | undefined; readonly signal: AbortSignal },
): Promise<{ readonly entries: readonly ArchiveEntry[]; readonly isAll: boolean }> {
  const from = since === undefined ? 0 : Date.parse(since) - CLOCKS_DIFFER_BY_MS;
  const entries: ArchiveEntry[] = [];
  for await (const entry of archive.list(folder, signal)) {
    const isLarge = entry.bytes > REPORT_BYTES_AT_MOST;
    if (!isLarge && Date.parse(entry.modifiedAt) >= from) entries.push(entry);
  }
  const byAge = entries.sort((a, b) => b.modifiedAt.localeCompare(a.modifiedAt));
  return { entries: byAge.slice(0, REPORTS_AT_MOST), isAll: byAge.length <= REPORTS_AT_MOST };
}

async function readReportedGrant(
  archive: Archive,
  { key }: ArchiveEntry,
  { query, signal }: { readonly query: ReportedGrantQuery; readonly signal: AbortSignal },
): Promise<ReportedGrant | undefined> {
  const bytes = await archive.read(key, signal);
  if (bytes === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  const { data } = reportSchema.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')));
  const { access, binding, namespace, since } = query;
  const isNamed = data?.grants.some(
    (grant) =>
      grant.access === access && grant.binding === binding && grant.namespace === namespace,
  );
  if (data === undefined || isNamed !== true) return undefined;
  if (since !== undefined && Date.parse(data.endedAt) <= Date.parse(since)) return undefined;
  return { place: `${archive.place}/${key}`, endedAt: data.endedAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
