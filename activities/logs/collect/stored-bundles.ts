import { bundleFileKey } from '../../../src/logs/read/bundles.ts';
import { bundlesPrefix, MANIFEST } from '../../../src/logs/manifest.ts';
import { forgetClaims } from './seal-claim.ts';
import type { BundlePorts } from '../bundle-ports.ts';

/** A collection that has written nothing for this long is dead: each source ends with a write. */
const DEAD_AFTER_MS = 60 * 60_000;

/** The files of a bundle in the archive, sealed or not. `touchedAt` in epoch milliseconds. */
export interface StoredBundle {
  readonly bundle: string;
  readonly files: readonly string[];
  readonly bytes: number;
  readonly touchedAt: number;
  readonly isSealed: boolean;
  /** When its manifest was written; 0 without one. */
  readonly sealedAt: number;
}

const NOTHING = { files: [], bytes: 0, touchedAt: 0, isSealed: false, sealedAt: 0 } as const;

/** All bundles of a target, oldest first, unsealed ones included. */
export async function listStoredBundles(
  { archive, target }: BundlePorts,
  signal: AbortSignal,
): Promise<readonly StoredBundle[]> {
  const prefix = bundlesPrefix(target.name);
  const bundles = new Map<string, StoredBundle>();
  for await (const { key, bytes, modifiedAt } of archive.list(prefix, signal)) {
    const [bundle = '', file = ''] = key.slice(prefix.length).split('/');
    const before = bundles.get(bundle) ?? { ...NOTHING, bundle };
    const touched = Date.parse(modifiedAt);
    bundles.set(bundle, {
      bundle,
      files: [...before.files, file],
      bytes: before.bytes + bytes,
      touchedAt: Math.max(before.touchedAt, touched),
      ...(file === MANIFEST
        ? { isSealed: true, sealedAt: touched }
        : { isSealed: before.isSealed, sealedAt: before.sealedAt }),
    });
  }
  return [...bundles.values()];
}

/** Deletes the unsealed bundles of collections that could not clean up. */
export async function removeLeftovers(place: BundlePorts, signal: AbortSignal): Promise<void> {
  const before = Date.now() - DEAD_AFTER_MS;
  for (const bundle of await listStoredBundles(place, signal)) {
    if (!bundle.isSealed && bundle.touchedAt < before) await removeBundle(place, bundle, signal);
  }
  await place.archive.sweep(bundlesPrefix(place.target.name), before, signal);
}

/** Deletes a bundle, its manifest first: if the deletion is interrupted, the rest is an unsealed bundle. */
export async function removeBundle(
  { archive, target }: BundlePorts,
  { bundle, files }: Pick<StoredBundle, 'bundle' | 'files'>,
  signal: AbortSignal,
): Promise<void> {
  const store = { ...archive, target: target.name };
  const ordered = [
    ...files.filter((file) => file === MANIFEST),
    ...files.filter((file) => file !== MANIFEST),
  ];
  for (const file of ordered) await archive.remove(bundleFileKey(store, bundle, file), signal);
  await forgetClaims({ archive, target }, bundle, signal);
}
