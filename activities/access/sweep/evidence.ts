import { z } from 'zod';
import type { Archive } from '../../../src/archive/archive.ts';
import { reportKeys } from '../../../src/archive/report-key.ts';
import { shown } from '../../../src/domain/inputs/shown.ts';
import { targetSchema } from '../../../src/domain/request.ts';
import { parseSubject, recordedSubjectSchema } from '../../../src/domain/subject.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { GrantState } from '../../../src/kubernetes/labels.ts';
import { parseMark } from '../../executions.ts';
import type { Executions, RunState } from '../../executions.ts';

const KINDS: readonly string[] = ['User', 'Group', 'ServiceAccount'] satisfies Subject['kind'][];
const REPORT_BYTES_AT_MOST = 4_000_000;

/**
 * What is known about the run that a mark names. `kept`: its report says that the access stays.
 * `failed`: it has ended, and its report says that it failed. `open`: this run, or a later one for the
 * same subject, is still running. `unknown`: there is no report, or no run; `why` says which.
 */
export type RunEvidence =
  { readonly is: 'kept' | 'open' } | FailedRun | { readonly is: 'unknown'; readonly why: string };

/** A run that failed, with its times if its report has them: RFC 3339, UTC. */
export interface FailedRun {
  readonly is: 'failed';
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
}

const reportSchema = z.object({
  workflowId: z.string(),
  outcome: z.string(),
  startedAt: z.iso.datetime().optional().catch(undefined),
  endedAt: z.iso.datetime().optional().catch(undefined),
});
type ArchivedReport = z.infer<typeof reportSchema>;

/** What a binding records besides the mark: its subject, and the state of its grant. */
export interface BindingClaims {
  readonly subject: string | undefined;
  readonly state: GrantState | undefined;
}

/** Where the evidence comes from. */
export interface EvidencePorts {
  readonly executions: Executions;
  readonly archive: Archive;
  readonly signal: AbortSignal;
}

/** Evaluates runs by their marks, each once for one subject and state. */
export function createEvidence(
  ports: EvidencePorts,
): (mark: string, claims: BindingClaims) => Promise<RunEvidence> {
  const known = new Map<string, Promise<RunEvidence>>();
  return (mark, claims) => {
    const key = JSON.stringify([mark, claims.subject, claims.state]);
    const found = known.get(key) ?? evaluateMark(ports, mark, claims);
    known.set(key, found);
    return found;
  };
}

type Ports = EvidencePorts;

async function evaluateMark(
  ports: Ports,
  mark: string,
  { subject, state }: BindingClaims,
): Promise<RunEvidence> {
  const parts = parseMark(mark);
  if (parts === undefined) return unknown(`its mark names no run: ${JSON.stringify(shown(mark))}`);
  const { workflowId, firstRun } = parts;
  const early = await findReport(ports, { workflowId, runId: firstRun, subject });
  // A proven access needs no call to Temporal: most are proven, and there are thousands.
  if (isKept(early) && state === 'proven') return { is: 'kept' };
  const run = await ports.executions.runOf(mark);
  if (run === undefined) {
    return byOutcome(early, `neither Temporal nor the archive knows its run ${mark}`);
  }
  if (run.isOpen) return { is: 'open' };
  return evaluateEndedRun(ports, run, { mark, early, firstRun, subject });
}

async function evaluateEndedRun(
  ports: Ports,
  run: RunState,
  { mark, ...known }: EarlyEvidence & { readonly mark: string },
): Promise<RunEvidence> {
  const isEarlyKept = isKept(known.early);
  if (isEarlyKept && run.runId === known.firstRun) return { is: 'kept' };
  const last = await lastReport(ports, run, known);
  if (isEarlyKept && last?.outcome === 'failed') {
    return unknown(
      `its run ${mark} reported the access as granted, was reset, and then failed: an administrator has to decide whether it stays`,
    );
  }
  return byOutcome(last, `its run ${mark} ended as ${run.status} without a report`);
}

function byOutcome(report: ArchivedReport | undefined, otherwise: string): RunEvidence {
  if (isKept(report)) return { is: 'kept' };
  if (report?.outcome !== 'failed') return unknown(otherwise);
  return { is: 'failed', startedAt: report.startedAt, endedAt: report.endedAt };
}

/** The report in the archive. For a run that was reset, the report under its last id counts. */
async function lastReport(
  ports: Ports,
  run: RunState,
  { early, firstRun, subject }: EarlyEvidence,
): Promise<ArchivedReport | undefined> {
  const { workflowId, runId } = run;
  const late =
    runId === firstRun ? undefined : await findReport(ports, { workflowId, runId, subject });
  if (late !== undefined) return late;
  const result = z.object({ report: reportSchema }).safeParse(await run.outcome());
  return result.success ? result.data.report : early;
}

interface EarlyEvidence {
  readonly early: ArchivedReport | undefined;
  readonly firstRun: string;
  readonly subject: string | undefined;
}

interface ReportQuery {
  readonly workflowId: string;
  readonly runId: string;
  readonly subject: string | undefined;
}

async function findReport(
  { archive, signal }: Ports,
  query: ReportQuery,
): Promise<ArchivedReport | undefined> {
  const { target, named } = onboardingOf(query.workflowId) ?? {};
  if (target === undefined || named === undefined) return undefined;
  // The requested name, which is in the id unless it is very long, and the name that the cluster knows.
  const names = [named, ...(query.subject === undefined ? [] : [query.subject])];
  const { runId } = query;
  const keys = names
    .flatMap(subjectOf)
    .flatMap((subject) => reportKeys({ workflow: 'onboard', target, subject, runId }));
  for (const key of keys) {
    const report = await readReport(archive, key, { query, signal });
    if (report !== undefined) return report;
  }
  return undefined;
}

// A stranger may have written the mark: no part of it gets into a key unchecked.
function onboardingOf(
  workflowId: string,
): { readonly target: string; readonly named: string } | undefined {
  const [verb, target = '', kind = '', name = ''] = workflowId.split('/').map(decodePart);
  if (verb !== 'onboard' || !KINDS.includes(kind)) return undefined;
  return targetSchema.safeParse(target).success ? { target, named: `${kind}/${name}` } : undefined;
}

async function readReport(
  archive: Archive,
  key: string,
  { query, signal }: { readonly query: ReportQuery; readonly signal: AbortSignal },
): Promise<ArchivedReport | undefined> {
  const content = await archive.read(key, signal);
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > REPORT_BYTES_AT_MOST) return undefined;
    chunks.push(chunk);
  }
  const report = reportSchema.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')));
  return report.success && report.data.workflowId === query.workflowId ? report.data : undefined;
}

function isKept(report: ArchivedReport | undefined): boolean {
  return report?.outcome === 'proven' || report?.outcome === 'granted-unproven';
}

function unknown(why: string): RunEvidence {
  return { is: 'unknown', why };
}

function subjectOf(text: string): readonly Subject[] {
  const subject = recordedSubjectSchema.safeParse(parseSubject(text));
  // To a file system these are other folders.
  const isPlace = subject.success && !['.', '..'].includes(subject.data.name);
  return isPlace ? [subject.data] : [];
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
