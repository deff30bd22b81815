import type { RunPosition } from '../manifest.ts';
import { canonicalTime } from '../stream/time.ts';
import type { FoundRun, LostRun, Scope } from './runs.ts';

/**
 * The runs that began and went between what was read of a container and what the node still has of it: a
 * container that restarts several times leaves only its last two runs. The count of restarts tells. Of a
 * container that was never read, those count that may have said something in the time that is asked for.
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
  // What had ended before the time that is asked for is not missed.
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
