import type { RunPosition } from '../manifest.ts';
import { runKey } from './name.ts';
import type { Scope } from './runs.ts';
import { containerOf } from './vanished.ts';

// The rest follows with the next collections: a plan is stored in Temporal's history.
const AT_ONCE = 500;

/** Pods with a position that no selector has chosen this time. */
export function missingPods({
  found,
  last,
  covers,
}: Pick<Scope, 'found' | 'last' | 'covers'>): readonly RunPosition[] {
  const there = new Set(found.map(({ podUid }) => podUid));
  const missing = (last?.places ?? []).filter(
    (position) => !there.has(position.podUid) && covers(position),
  );
  return [...new Map(missing.map((position) => [position.podUid, position])).values()];
}

/**
 * The keys of positions that are no longer needed. These are of runs that were read to their end and no
 * longer exist, if their pod is gone (no other pod has its uid), or if a later run of their container is
 * known. Restarts are counted by that later run.
 */
export function obsoletePositions({ found, last, covers, mayRemain }: Scope): readonly string[] {
  const places = last?.places ?? [];
  const runs = new Set(found.map(runKey));
  const pods = new Set(found.map(({ podUid }) => podUid));
  const latest = latestOf(places);
  const isUnneeded = (position: RunPosition) =>
    !pods.has(position.podUid) || position.restarts < (latest.get(containerOf(position)) ?? 0);
  return places
    .filter((position) => position.complete && !runs.has(runKey(position)) && covers(position))
    .filter((position) => !mayRemain.has(position.podUid) && isUnneeded(position))
    .map(runKey)
    .slice(0, AT_ONCE);
}

function latestOf(places: readonly RunPosition[]): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const position of places) {
    const container = containerOf(position);
    latest.set(container, Math.max(latest.get(container) ?? 0, position.restarts));
  }
  return latest;
}
