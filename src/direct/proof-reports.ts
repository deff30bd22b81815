import { z } from 'zod';
import { reportFolders } from '../archive/report-key.ts';
import { subjectKey, subjectSchema, userNameOf } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import type { ProofClaim } from '../logs/audit/query.ts';
import type { ProofClaimant, Vouchers } from '../logs/read/run-query.ts';
import { readSmall } from '../logs/read/bundle-store.ts';
import type { BundleStore } from '../logs/read/bundle-store.ts';

// The clocks of Temporal's server, whose times a report has, and of the registry's nodes may differ.
const CLOCKS_APART_MS = 60_000;
const ID_DIGITS = 16;
// Each one costs a request to the archive.
const DASHES_AT_MOST = 16;

// Reports of other versions have other fields; these all have.
const reportSchema = z.object({
  runId: z.string(),
  target: z.string(),
  subject: subjectSchema,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
});

interface ReportRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The archived reports that confirm proofs of Purser in the logs. A report is found by the subject in the log,
 * and by the end of its run's id, which is the id of the proof. No other report is read.
 */
export function createProofReports(store: BundleStore): Vouchers['reports'] {
  const ranges = new Map<string, ReportRange | undefined>();
  const folders = new Map<string, Promise<readonly string[]>>();
  const keysIn = (folder: string, signal: AbortSignal) => {
    const known = folders.get(folder) ?? listKeys(store, folder, signal);
    folders.set(folder, known);
    return known;
  };

  const findOf = async (subject: Subject, proof: string, signal: AbortSignal) => {
    const places = (['onboard', 'revoke'] as const).flatMap((workflow) =>
      reportFolders({ workflow, target: store.target, subject }),
    );
    for (const folder of places) {
      const key = (await keysIn(folder, signal)).find((each) => idOf(each) === proof);
      if (key !== undefined) return readRange(store, { key, subject, proof }, signal);
    }
    return undefined;
  };
  const find = async ({ user, claimed, proof }: ProofClaimant, signal: AbortSignal) => {
    for (const subject of claimed ? subjectsOf(user) : [subjectOf(user)]) {
      const range = subject && (await findOf(subject, proof, signal));
      if (range !== undefined) return range;
    }
    return undefined;
  };

  return {
    lookUp: async (proofs, signal) => {
      for (const prover of proofs) {
        const key = keyOf(prover);
        if (!ranges.has(key)) ranges.set(key, await find(prover, signal));
      }
    },
    has: ({ first, last, ...prover }: ProofClaim) => {
      const range = ranges.get(keyOf(prover));
      return (
        range !== undefined &&
        first >= range.from - CLOCKS_APART_MS &&
        last <= range.to + CLOCKS_APART_MS
      );
    },
  };
}

function keyOf({ user, claimed, proof }: ProofClaimant): string {
  return `${proof} ${claimed} ${user}`;
}

/**
 * The subjects that may have logged in under a name. Basic credentials allow no `:` in it, so Purser replaces it
 * with `-`: `team-a-ci` for the service account `team-a:ci`.
 */
function subjectsOf(account: string): readonly (Subject | undefined)[] {
  const dashes = [...account.matchAll(/-/g)].map(({ index }) => index).slice(0, DASHES_AT_MOST);
  return [
    subjectOf(account),
    ...dashes.flatMap((at) => {
      const [before, after] = [account.slice(0, at), account.slice(at + 1)];
      return [
        subjectOf(`system:serviceaccount:${before}:${after}`),
        subjectOf(`${before}:${after}`),
      ];
    }),
  ];
}

/** The subject of a user in the log; undefined if no report can be about that user. */
function subjectOf(user: string): Subject | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):(.+)$/.exec(user) ?? [];
  const given =
    namespace === undefined
      ? { kind: 'User', name: user }
      : { kind: 'ServiceAccount', namespace, name };
  return subjectSchema.safeParse(given).data;
}

function idOf(key: string): string {
  return key
    .replace(/\.json$/, '')
    .replaceAll('-', '')
    .slice(-ID_DIGITS);
}

async function listKeys(
  store: BundleStore,
  folder: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(folder, signal)) keys.push(key);
  return keys;
}

async function readRange(
  store: BundleStore,
  wanted: { readonly key: string; readonly subject: Subject; readonly proof: string },
  signal: AbortSignal,
): Promise<ReportRange | undefined> {
  const bytes = await readSmall(store, wanted.key, signal);
  const report = reportSchema.safeParse(jsonOf(bytes)).data;
  if (report === undefined) return undefined;
  const matches =
    report.target === store.target &&
    subjectKey(report.subject) === subjectKey(wanted.subject) &&
    userNameOf(report.subject) === userNameOf(wanted.subject) &&
    idOf(report.runId) === wanted.proof;
  return matches
    ? { from: Date.parse(report.startedAt), to: Date.parse(report.endedAt) }
    : undefined;
}

function jsonOf(bytes: Buffer | undefined): unknown {
  try {
    return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
