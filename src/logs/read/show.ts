import { errorMessage } from '../../domain/errors.ts';
import { wildcardMatcher } from '../../domain/wildcard.ts';
import type { BundleManifest, Source } from '../manifest.ts';
import { bundleFileKey } from './bundles.ts';
import { createLineFilter } from './line-filter.ts';
import type { LineCriteria } from './line-filter.ts';
import { mergeByTime } from './merge.ts';
import type { Sourced } from './merge.ts';
import type { BundleStore } from './bundle-store.ts';
import { storedLines } from './stored-lines.ts';

export interface ShowCriteria extends LineCriteria {
  /** A pod's name; `*` matches anything. Events belong to no pod. */
  readonly pod?: string | undefined;
}

/**
 * The matching lines of a bundle's containers and events, in order of time, some at a time. It reads all files
 * as streams in parallel, so the use of memory does not grow with their size. Throws an Error that names the
 * file if one is missing or broken; `verify` says what else is wrong.
 */
export async function* showLines(
  store: BundleStore,
  manifest: BundleManifest,
  wanted: ShowCriteria,
  signal: AbortSignal,
): AsyncIterable<readonly Sourced<Source>[]> {
  const isWanted = createLineFilter(wanted);
  const sources = chosenSources(manifest, wanted);
  const places = sources.map((source) => ({
    source,
    lines: linesOf(store, { bundle: manifest.bundle, source }, signal),
  }));
  for await (const lines of mergeByTime(places)) {
    const some = lines.filter(({ line }) => isWanted(line));
    if (some.length > 0) yield some;
  }
}

/** The sources of a bundle that may hold matching lines. */
export function chosenSources(
  { sources }: BundleManifest,
  { pod, since, until }: ShowCriteria,
): readonly Source[] {
  const isPod = wildcardMatcher(pod);
  return sources.filter(
    (source) =>
      source.kept !== undefined &&
      (pod === undefined || (source.pod !== undefined && isPod(source.pod))) &&
      (since === undefined || source.lastTime === undefined || source.lastTime >= since) &&
      (until === undefined || source.firstTime === undefined || source.firstTime <= until),
  );
}

async function* linesOf(
  store: BundleStore,
  { bundle, source }: { readonly bundle: string; readonly source: Source },
  signal: AbortSignal,
): AsyncIterable<readonly Buffer[]> {
  const key = bundleFileKey(store, bundle, source.kept?.file ?? '');
  const content = await store.read(key, signal);
  const see = `\`purser logs verify ${bundle}\` checks the whole bundle`;
  if (content === undefined) throw new Error(`${key} is not in ${store.place}; ${see}`);
  try {
    yield* storedLines(content);
  } catch (error) {
    const reason = errorMessage(error);
    throw new Error(`${key} cannot be read to its end (${reason}); ${see}`, { cause: error });
  }
}
