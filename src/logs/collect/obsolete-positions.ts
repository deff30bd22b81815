import type { RunPosition } from '../manifest.ts';
import { runKey } from './name.ts';
import type { Scope } from './runs.ts';
import { containerOf } from './vanished.ts';

// What is more goes with the next collections: a plan is kept in Temporal's history.
const AT_ONCE = 500;

/** Pods of which there are places, and which no selector has chosen this time. */
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
 * The keys of places that nobody needs any more: of runs that were read to their end and are not there, whose
 * pod is gone (no other one has its uid), or of whose container a later run is known, by which restarts are
 * counted.
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
