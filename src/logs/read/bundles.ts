import { PurserError } from '../../domain/errors.ts';
import { bundlesPrefix, MANIFEST, parseManifest } from '../manifest.ts';
import type { BundleManifest } from '../manifest.ts';
import { nearest } from './nearest.ts';
import { readSmall } from './bundle-store.ts';
import type { BundleStore } from './bundle-store.ts';

const AT_ONCE = 8;

/** The key of a bundle's file in the archive. */
export function bundleFileKey(store: BundleStore, bundle: string, file: string): string {
  return `${bundlesPrefix(store.target)}${bundle}/${file}`;
}

/** The names of the sealed bundles, oldest first. A bundle without a manifest is incomplete and left out. */
export async function bundleNames(
  store: BundleStore,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const prefix = bundlesPrefix(store.target);
  const names: string[] = [];
  for await (const { key } of store.list(prefix, signal)) {
    const [bundle, file, ...more] = key.slice(prefix.length).split('/');
    if (bundle !== undefined && file === MANIFEST && more.length === 0) names.push(bundle);
  }
  return names;
}

/** The manifests of some bundles, in their order. It reads a few at a time. */
export async function* readManifests(
  store: BundleStore,
  names: readonly string[],
  signal: AbortSignal,
): AsyncIterable<BundleManifest> {
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE);
    yield* await Promise.all(some.map((name) => readManifest(store, name, signal)));
  }
}

/**
 * Finds a bundle by its name, by the beginning of its name, or by `latest`. Throws `InvalidRequest` if there is
 * none or more than one: the message names the nearest. Throws `NotConfigured` if there are no bundles.
 */
export async function findBundle(
  store: BundleStore,
  wanted: string,
  signal: AbortSignal,
): Promise<BundleManifest> {
  const names = await bundleNames(store, signal);
  return readManifest(store, choose(names, wanted, store), signal);
}

function choose(names: readonly string[], wanted: string, { target, place }: BundleStore): string {
  const newest = names.at(-1);
  if (newest === undefined) {
    throw new PurserError(
      'NotConfigured',
      `there is no log bundle of ${target} in ${place} yet; \`purser logs collect\` makes one`,
    );
  }
  if (wanted === 'latest') return newest;
  const found = names.includes(wanted) ? [wanted] : names.filter((name) => name.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const of = `of the ${names.length} of ${target} in ${place}`;
  throw new PurserError(
    'InvalidRequest',
    only === undefined
      ? `no bundle ${of} is called ${JSON.stringify(wanted)}; the nearest: ${nearest(wanted, names).join(', ')} (\`purser logs list\` shows all)`
      : `${found.length} bundles ${of} begin with ${JSON.stringify(wanted)}: ${nearest(wanted, found).join(', ')}; write more of the name`,
  );
}

async function readManifest(
  store: BundleStore,
  name: string,
  signal: AbortSignal,
): Promise<BundleManifest> {
  const key = bundleFileKey(store, name, MANIFEST);
  const bytes = await readSmall(store, key, signal);
  if (bytes !== undefined) return parseManifest(bytes.toString('utf8'), key);
  throw new PurserError(
    'NotConfigured',
    `${key} is no longer in ${store.place}; was the bundle removed just now?`,
  );
}
