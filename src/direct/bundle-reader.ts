// Commands that read the archive themselves, with the rights of their user (docs/decisions/0015). The other
// composition root is src/worker.ts, for everything that workflows do.
import type { Archive } from '../archive/archive.ts';
import type { Config } from '../config/schema.ts';
import type { AuditQuery } from '../logs/audit/query.ts';
import { bundleNames, findBundle, readManifests } from '../logs/read/bundles.ts';
import { chosenSources, showLines } from '../logs/read/show.ts';
import type { ShowCriteria } from '../logs/read/show.ts';
import { verifyBundle } from '../logs/read/verify.ts';
import { createProofReports } from './proof-reports.ts';
import { runQuery } from '../logs/read/run-query.ts';
import type { BundleManifest } from '../logs/manifest.ts';

/** The log bundles of a target, in the archive that the configuration names. */
export async function openBundleReader(config: Config, target: string, signal: AbortSignal) {
  const store = { ...(await openArchive(config.archive)), target };
  return {
    place: store.place,
    /** All bundles, oldest first. */
    bundles: async function* (): AsyncIterable<BundleManifest> {
      yield* readManifests(store, await bundleNames(store, signal), signal);
    },
    find: (bundle: string) => findBundle(store, bundle, signal),
    sources: chosenSources,
    lines: (manifest: BundleManifest, wanted: ShowCriteria) =>
      showLines(store, manifest, wanted, signal),
    verify: (manifest: BundleManifest) => verifyBundle(store, manifest, signal),
    who: (query: AuditQuery) => {
      const vouchers = { probers: probersOf(config), reports: createProofReports(store) };
      return runQuery(store, query, vouchers, signal);
    },
  };
}

// The account of deploy/rbac, and the account whose token the probe uses if Purser's own has none.
function probersOf({ health }: Config) {
  const { namespace, account } = health.probe;
  const users = ['purser:purser', `${namespace}:${account}`];
  return { namespace, users: users.map((user) => `system:serviceaccount:${user}`) };
}

export type BundleReader = Awaited<ReturnType<typeof openBundleReader>>;

// Loaded on demand: S3's client takes longer to load than a query of a month of bundles in a folder.
async function openArchive(where: Config['archive']): Promise<Archive> {
  if (where.s3 === undefined) {
    const { createFolderArchive } = await import('../archive/folder.ts');
    return createFolderArchive(where.folder);
  }
  const { createS3Archive } = await import('../archive/s3/archive.ts');
  return createS3Archive(where.s3);
}
