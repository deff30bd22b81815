import type { Scope } from './runs.ts';
import type { LostRun } from './runs.ts';
import type { FoundRun } from './runs.ts';
import type { Cursor, Gap, RunPosition, Run } from '../manifest.ts';
import { canonicalTime } from '../stream/time.ts';
import { obsoletePositions } from './obsolete-positions.ts';
import { runKey, runFile } from './name.ts';
import { containerOf, vanishedRuns } from './vanished.ts';

/** One run that is to be read, and its starting position. */
export interface PlannedRun {
  readonly run: Run;
  readonly isPrevious: boolean;
  readonly hasEnded: boolean;
  /** Absent for a run that was never read. */
  readonly cursor?: Cursor;
  /** RFC 3339, whole seconds; absent for a run that is to be read from its beginning. */
  readonly since?: string;
  readonly file: string;
}

/**
 * What a collection reads: each existing run from its own position on, except runs that were already read
 * to their end. What is lost: runs that are gone before they were read to their end, and runs that were
 * never read. And the keys of positions that are no longer needed.
 */
export function planRuns(scope: Scope): {
  readonly runs: readonly PlannedRun[];
  readonly lost: readonly LostRun[];
  readonly forgotten: readonly string[];
} {
  const places = scope.last?.places ?? [];
  const known = new Map(places.map((place) => [runKey(place), place]));
  const runs = scope.found.flatMap((found) => {
    const place = known.get(runKey(found));
    return place?.complete === true ? [] : [planRun(found, place, scope)];
  });
  const there = new Set(scope.found.map(runKey));
  const gone = places
    .filter((place) => !there.has(runKey(place)) && !place.complete && scope.covers(place))
    .filter(({ podUid }) => !scope.mayRemain.has(podUid))
    .map((place) => ({ place, gap: gapOf(place, scope) }));
  const lost = mergeLost(gone, vanishedRuns(scope));
  return { runs, lost, forgotten: obsoletePositions(scope) };
}

// If a run was not read to its end, the runs that vanished after it are part of the same gap.
function mergeLost(gone: readonly LostRun[], vanished: readonly LostRun[]): readonly LostRun[] {
  const behind = new Map(vanished.map((each) => [containerOf(each.place), each]));
  const newestFirst = gone.toSorted((one, other) => other.place.restarts - one.place.restarts);
  const withThem = newestFirst.map(({ place, gap }) => {
    const runs = behind.get(containerOf(place))?.gap.runs;
    behind.delete(containerOf(place));
    return { place, gap: runs === undefined ? gap : { ...gap, runs } };
  });
  return [...withThem, ...behind.values()];
}

function planRun(found: FoundRun, place: RunPosition | undefined, { since }: Scope): PlannedRun {
  const { isPrevious, hasEnded, podCreatedAt: _created, ...run } = found;
  const file = runFile({ ...run, previous: isPrevious });
  if (place?.cursor !== undefined) {
    return { run, isPrevious, hasEnded, cursor: place.cursor, file };
  }
  // A run that began later needs no limit. It is read from its first line, even if clocks differ.
  const isYounger =
    found.startedAt !== undefined && Date.parse(found.startedAt) > Date.parse(since);
  return isYounger
    ? { run, isPrevious, hasEnded, file }
    : { run, isPrevious, hasEnded, since: wholeSecondOf(since), file };
}

function gapOf(place: RunPosition, { found, last, until }: Scope): Gap {
  const from = place.cursor?.time ?? place.startedAt ?? last?.window.until ?? until;
  const later = found.filter((each) => containerOf(each) === containerOf(place));
  const [next] = later.map(({ startedAt }) => startedAt).filter((time) => time !== undefined);
  const to = next ?? until;
  return {
    from,
    to: canonicalTime(to) ?? to,
    reason: later.length > 0 ? 'run-gone' : 'pod-gone',
  };
}

function wholeSecondOf(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
