import type { RunPosition } from '../manifest.ts';
import { canonicalTime } from '../stream/time.ts';
import type { FoundRun, LostRun, Scope } from './runs.ts';

/**
 * The runs that began and ended between the last reading and the oldest run that the node still has: after
 * several restarts a container has only its last two logs. The count of restarts reveals them. For a
 * container that was never read, only runs count that may have logged in the requested time.
 */
export function vanishedRuns(scope: Scope): readonly LostRun[] {
  const earliest = new Map<string, FoundRun>();
  for (const found of scope.found) {
    const before = earliest.get(containerOf(found));
    if (before === undefined || found.restarts < before.restarts) {
      earliest.set(containerOf(found), found);
    }
  }
  return [...earliest.values()].flatMap((found) => vanishedBefore(found, scope) ?? []);
}

/** What the runs of one container have in common. */
export function containerOf(run: {
  readonly namespace: string;
  readonly podUid: string;
  readonly container: string;
}): string {
  return [run.namespace, run.podUid, run.container].join('/');
}

function vanishedBefore(found: FoundRun, { last, since, until }: Scope): LostRun | undefined {
  const places = (last?.places ?? []).filter((each) => containerOf(each) === containerOf(found));
  const [known] = places.toSorted((one, other) => other.restarts - one.restarts);
  const first = known === undefined ? 0 : known.restarts + 1;
  const runs = found.restarts - first;
  const from = known === undefined ? beginningOf(found, since) : endOf(known, since);
  const to = timeOf(found.startedAt ?? until);
  // A run that ended before the requested time is not missing.
  if (runs <= 0 || (known === undefined && to <= from)) return undefined;
  const { isPrevious: _previous, hasEnded: _ended, podCreatedAt: _created, ...run } = found;
  const id = `${found.podUid}#${first}-${found.restarts - 1}`;
  return {
    place: { ...run, run: id, restarts: found.restarts - 1, complete: false },
    gap: { from, to, reason: 'run-gone', runs },
  };
}

function beginningOf({ podCreatedAt }: FoundRun, since: string): string {
  const [asked, created] = [timeOf(since), podCreatedAt === undefined ? '' : timeOf(podCreatedAt)];
  return created > asked ? created : asked;
}

function endOf({ cursor, startedAt }: RunPosition, since: string): string {
  return cursor?.time ?? timeOf(startedAt ?? since);
}

function timeOf(time: string): string {
  return canonicalTime(time) ?? time;
}
