import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runKey } from '../../src/logs/collect/name.ts';
import { planRuns } from '../../src/logs/collect/plan.ts';
import type { FoundRun, Scope } from '../../src/logs/collect/runs.ts';
import type { RunPosition } from '../../src/logs/manifest.ts';

function at(clock: string) {
  return `2026-11-23T${clock}Z`;
}
function nanos(clock: string) {
  return `2026-11-23T${clock}.000000000Z`;
}
const [SINCE, LAST_UNTIL, UNTIL] = [at('09:00:00'), at('10:00:00'), at('11:00:00')];

const COMMON = {
  namespace: 'team-a',
  selector: 'app=web',
  pod: 'web-0',
  podUid: 'uid',
  container: 'app',
};

function runOf(restarts: number, startedAt: string) {
  return { ...COMMON, run: `containerd://${restarts}`, restarts, startedAt };
}

/** The last two runs of a container that has restarted so often. */
function lastTwo(restarts: number, podCreatedAt?: string): readonly FoundRun[] {
  const created = podCreatedAt === undefined ? {} : { podCreatedAt };
  return [
    { ...runOf(restarts - 1, at('10:40:00')), isPrevious: true, hasEnded: true, ...created },
    { ...runOf(restarts, at('10:50:00')), isPrevious: false, hasEnded: false, ...created },
  ];
}

function place(restarts: number, complete: boolean): RunPosition {
  const time = nanos('09:59:00');
  const cursor = { time, taken: 1, hash: '0123456789ab', latest: time };
  return { ...runOf(restarts, at('09:30:00')), cursor, complete };
}

function planOf(
  found: readonly FoundRun[],
  places?: readonly RunPosition[],
  mayRemain: string[] = [],
) {
  const last = places && { places: [...places], window: { since: SINCE, until: LAST_UNTIL } };
  const window = { since: SINCE, until: UNTIL };
  const scope: Scope = {
    found,
    last,
    ...window,
    covers: ({ container }) => container !== 'not-asked',
    mayRemain: new Set(mayRemain),
  };
  return planRuns(scope);
}

function lostOf(found: readonly FoundRun[], places?: readonly RunPosition[]) {
  return planOf(found, places).lost.map(({ place: { restarts }, gap }) => ({ restarts, ...gap }));
}

const GAP = { from: nanos('09:59:00'), to: nanos('10:40:00'), reason: 'run-gone' } as const;

test('runs that came and went after one that was read to its end are a gap with their number', () => {
  assert.deepEqual(lostOf(lastTwo(9), [place(5, true)]), [{ ...GAP, restarts: 7, runs: 2 }]);
});

test('after a run that was not read to its end, they belong to its own gap', () => {
  assert.deepEqual(lostOf(lastTwo(9), [place(5, false)]), [{ ...GAP, restarts: 5, runs: 2 }]);
  assert.deepEqual(lostOf(lastTwo(7), [place(5, false)]), [{ ...GAP, restarts: 5 }]);
});

test('a run that follows the last one that was read is no gap', () => {
  assert.deepEqual(lostOf(lastTwo(7), [place(4, true), place(5, true)]), []);
  assert.deepEqual(lostOf(lastTwo(7), [place(6, true)]), []);
});

test("the runs of a new pod before the first collection are a gap from the pod's creation on", () => {
  assert.deepEqual(lostOf(lastTwo(4, at('10:20:00')), []), [
    { restarts: 2, from: nanos('10:20:00'), to: GAP.to, reason: 'run-gone', runs: 3 },
  ]);
});

test('without an earlier bundle, they are a gap from the requested time on', () => {
  const [gap] = lostOf(lastTwo(4, '2026-11-01T00:00:00Z'));
  assert.deepEqual([gap?.from, gap?.to, gap?.runs], [nanos('09:00:00'), GAP.to, 3]);
});

test('runs that had ended before the requested time are not missing', () => {
  const [before, present] = lastTwo(4);
  assert.ok(before && present);
  assert.deepEqual(lostOf([{ ...before, startedAt: '2026-11-22T00:00:00Z' }, present]), []);
});

test('each container of a pod is counted by itself', () => {
  const others = lastTwo(1).map((run) => ({ ...run, container: 'proxy' }));
  const [gap, ...more] = lostOf([...others, ...lastTwo(9)], [place(5, true)]);
  assert.deepEqual([gap?.runs, more], [2, []]);
});

test('if a container restarts again and again, only the positions of its last runs are kept', () => {
  const { forgotten, lost } = planOf(lastTwo(9), [
    place(6, true),
    place(7, true),
    place(8, true),
    place(9, false),
  ]);
  assert.deepEqual(forgotten, ['team-a/uid/app/containerd://6', 'team-a/uid/app/containerd://7']);
  assert.deepEqual(lost, []);
});

test('the last position is kept until a later run is known: restarts are counted from it', () => {
  const { forgotten, lost } = planOf(lastTwo(9), [place(4, true), place(5, true)]);
  assert.deepEqual(forgotten, ['team-a/uid/app/containerd://4']);
  assert.deepEqual(
    lost.map(({ gap }) => gap.runs),
    [2],
  );
});

test('the positions of a pod that is gone are removed, and unread lines are a gap first', () => {
  const { forgotten, lost } = planOf([], [place(4, true), place(5, false)]);
  assert.deepEqual(forgotten, ['team-a/uid/app/containerd://4']);
  assert.deepEqual(
    lost.map(({ gap, place: { restarts } }) => [gap.reason, restarts]),
    [['pod-gone', 5]],
  );
});

test('a pod that is not found for a while, because its labels were changed, continues at its position', () => {
  const places = [place(4, true), place(5, false)];
  const { forgotten, lost } = planOf([], places, ['uid']);
  assert.deepEqual([forgotten, lost], [[], []]);
  assert.equal(planOf(lastTwo(5), places).runs[0]?.cursor?.time, nanos('09:59:00'));
});

test('positions of pods that were not looked up stay', () => {
  const places = [{ ...place(4, true), container: 'not-asked' }];
  assert.deepEqual(planOf([], places).forgotten, []);
});

test('the number of positions is bounded over a year of rollouts and crashes, and no run is a gap or read twice', () => {
  let places: readonly RunPosition[] = [];
  for (let look = 0; look < 20_000; look += 1) {
    const [podUid, restarts] = [`uid-${Math.floor(look / 40)}`, look % 40];
    const found = lastTwo(restarts)
      .filter((run) => run.restarts >= 0)
      .map((run) => ({ ...run, podUid, run: `${podUid}#${run.restarts}` }));
    const plan = planOf(found, places);
    assert.deepEqual(
      plan.lost.flatMap(({ gap }) => gap.runs ?? []),
      [],
    );
    const read = new Set(plan.runs.map(({ run }) => run.run));
    const kept = places.filter(
      (each) => !plan.forgotten.includes(runKey(each)) && !read.has(each.run),
    );
    places = [
      ...kept.filter((each) => !plan.lost.some((lost) => lost.place.run === each.run)),
      ...found
        .filter(({ run }) => read.has(run))
        .map((run) => ({ ...place(run.restarts, run.hasEnded), podUid: run.podUid, run: run.run })),
    ];
    assert.ok(places.length <= 4, `${places.length} places`);
  }
});
