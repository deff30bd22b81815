import { LAYERS_MS } from '../audit/count/layers.ts';
import { proofOf } from '../purser-claim.ts';
import { readIndex } from '../audit/index-file.ts';
import type { IndexFile } from '../audit/index-file.ts';
import { createQueryRun } from '../audit/query-run.ts';
import type { AuditResult } from '../audit/query-run.ts';
import { claimOfRow } from '../audit/query.ts';
import type { Probers, AuditQuery, ProofClaim } from '../audit/query.ts';
import { timeOfBundle } from '../collect/name.ts';
import type { BundleManifest } from '../manifest.ts';
import { bundleNames, bundleFileKey, readManifests } from './bundles.ts';
import { readSmall } from './bundle-store.ts';
import type { BundleStore } from './bundle-store.ts';
import { errorMessage } from '../../domain/errors.ts';

const AT_ONCE = 8;

/** Who did what, and what limits the answer. */
export interface WhoAnswer {
  readonly answers: readonly AuditResult[];
  /** How many of Purser's own proofs and probes were left out. */
  readonly probesLeftOut: number;
  /** How many bundles were read, and the time that they cover; RFC 3339. */
  readonly bundles: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Periods without logs, in which something may have happened. */
  readonly gaps: readonly {
    readonly bundle: string;
    readonly pod: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** Bundles whose index is missing or cannot be read, and why. */
  readonly unread: readonly { readonly bundle: string; readonly reason: string }[];
}

/** The name under which a proof was seen. */
export type ProofClaimant = Pick<ProofClaim, 'user' | 'claimed' | 'proof'>;

/** The evidence that separates Purser's own requests from others that only claim so. */
export interface Vouchers {
  readonly probers: Probers;
  readonly reports: {
    /** Reads the reports of these proofs, if there are any. */
    lookUp(proofs: readonly ProofClaimant[], signal: AbortSignal): Promise<void>;
    has(suspect: ProofClaim): boolean;
  };
}

/**
 * Answers a query from the indexes of all bundles of the requested period. `reports` looks up the reports of
 * the proofs that an index names.
 */
export async function runQuery(
  store: BundleStore,
  query: AuditQuery,
  { probers, reports }: Vouchers,
  signal: AbortSignal,
): Promise<WhoAnswer> {
  const { before, manifests } = await relevant(store, query, signal);
  const queryRun = createQueryRun(query, {
    probers,
    hasReport: (suspect) => reports.has(suspect),
  });
  const unread: { bundle: string; reason: string }[] = [];
  for (const some of batchesOf([...before, ...manifests], AT_ONCE)) {
    const files = await Promise.all(some.map((manifest) => indexOf(store, manifest, signal)));
    for (const [number, file] of files.entries()) {
      const bundle = some[number]?.bundle ?? '';
      if ('reason' in file) unread.push({ bundle, reason: file.reason });
      else if (file.index !== undefined) {
        await reports.lookUp(proofsOf(file.index), signal);
        queryRun.take(file.index);
      }
    }
  }
  return {
    answers: queryRun.answers(),
    probesLeftOut: queryRun.probesLeftOut(),
    bundles: manifests.length,
    from: manifests[0]?.window.since,
    to: manifests.at(-1)?.window.until,
    gaps: manifests.flatMap(gapsOf),
    unread,
  };
}

function batchesOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) =>
    all.slice(part * size, (part + 1) * size),
  );
}

/** Each proof that an index names, with the user under which it was seen. */
function proofsOf(index: IndexFile): readonly ProofClaimant[] {
  const found = new Map<string, ProofClaimant>();
  for (const [row, number] of index.claim.entries()) {
    const proof = proofOf(index.claims[number] ?? '');
    if (proof === undefined) continue;
    const { user, claimed } = claimOfRow(index, row);
    found.set(`${proof} ${claimed} ${user}`, { user, claimed, proof });
  }
  return [...found.values()];
}

// The clocks of workers and of the registry's nodes may differ.
const CLOCKS_APART_MS = 10 * 60_000;

interface RelevantBundles {
  /** They end before the requested period: only pulls that continue into the period are searched in them. */
  readonly before: readonly BundleManifest[];
  readonly manifests: readonly BundleManifest[];
}

/**
 * The bundles that may hold events of the requested period, and those of the hour before it: layers may belong
 * to their manifests. A bundle's name has the time at which it was begun, and it holds lines until it was
 * sealed, before the next one was begun. So of the bundles that were begun before that hour, only the last one
 * matters.
 */
async function relevant(
  store: BundleStore,
  { since = -Infinity }: AuditQuery,
  signal: AbortSignal,
): Promise<RelevantBundles> {
  const names = await bundleNames(store, signal);
  const earliest = since - CLOCKS_APART_MS - LAYERS_MS;
  const later = names.findIndex((name) => (timeOfBundle(name) ?? Infinity) >= earliest);
  const some = names.slice(later === -1 ? -1 : Math.max(0, later - 1));
  const before: BundleManifest[] = [];
  const manifests: BundleManifest[] = [];
  for await (const manifest of readManifests(store, some, signal)) {
    const sealedAt = Date.parse(manifest.sealedAt);
    if (sealedAt >= since) manifests.push(manifest);
    else if (sealedAt >= since - LAYERS_MS) before.push(manifest);
  }
  return { before: manifests.length === 0 ? [] : before, manifests };
}

async function indexOf(
  store: BundleStore,
  { bundle, access }: BundleManifest,
  signal: AbortSignal,
) {
  // No registry was collected, so there are no events.
  if (access === undefined) return { index: undefined };
  try {
    const bytes = await readSmall(store, bundleFileKey(store, bundle, access.file), signal);
    return bytes === undefined
      ? { reason: `${access.file} is not there` }
      : { index: readIndex(bytes) };
  } catch (error) {
    signal.throwIfAborted();
    const reason = errorMessage(error);
    return { reason: `${access.file} cannot be read: ${reason}` };
  }
}

function gapsOf({ bundle, sources }: BundleManifest): WhoAnswer['gaps'] {
  return sources.flatMap(({ pod = '', gaps }) =>
    gaps.map(({ from, to }) => ({ bundle, pod, from, to })),
  );
}
