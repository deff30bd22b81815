import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { numbersOf, range } from '../support/bundles.ts';
import { fresh, make } from '../support/fixtures.ts';
import { closeLog, openLogs } from '../support/log-rights.ts';
import { gapsOf, openLogEnvironment } from '../support/log-environment.ts';
import type { LogEnvironment } from '../support/log-environment.ts';
import { openStage } from '../support/pod-log.ts';

const STAGE = 'log-stage';

describe('which pods a collection takes', () => {
  let env: LogEnvironment;
  before(async () => {
    env = await openLogEnvironment();
  });
  after(() => env.close());

  test('one that may not be read among others is named with the cause and caught up later', async () => {
    const [good, closed] = [await openStage(env, 1), await openStage(env, 2)];
    const target = await env.serveLogs(env.of(good, closed));
    const say = (from: number, to: number) => [good, closed].map((pod) => pod.say(from, to));
    say(1, 50);
    assert.equal((await env.collect(target)).failed, 0);
    say(51, 80);
    await closeLog(env, closed.name, [good.name]);
    try {
      const { lines, failed, gaps } = await env.collect(target);
      assert.deepEqual({ lines, failed, gaps }, { lines: 30, failed: 1, gaps: 0 });
      const { sources = [], places = [] } = env.bundles(target).at(-1)?.manifest ?? {};
      const source = sources.find(({ pod }) => pod === closed.name);
      assert.equal(source?.failure?.type, 'Forbidden');
      assert.match(source.failure.message, /pods\/stage-2\/log.*forbidden/i);
      const [first] = env.bundles(target);
      const placeOf = (all: typeof places) => all.find(({ pod }) => pod === closed.name)?.cursor;
      assert.deepEqual(placeOf(places), placeOf(first?.manifest.places ?? []));
    } finally {
      await openLogs(env, closed.name);
    }
    say(81, 90);
    assert.equal((await env.collect(target)).lines, 50);
    const bundles = env.bundles(target);
    for (const pod of [good, closed]) assert.deepEqual(numbersOf(bundles, pod.name), range(1, 90));
    assert.deepEqual(gapsOf(bundles), []);
  });

  test('that are named are taken alone, and the places of all others stay', async () => {
    const [one, other] = [await openStage(env, 3), await openStage(env, 4)];
    const target = await env.serveLogs(env.of(one, other));
    const say = (from: number, to: number) => [one, other].map((pod) => pod.say(from, to));
    say(1, 10);
    await env.collect(target);
    say(11, 30);
    const { lines } = await env.collect(target, { pods: [one.name] });
    assert.equal(lines, 20);
    const named = env
      .bundles(target)
      .at(-1)
      ?.manifest.sources.map(({ pod }) => pod);
    assert.deepEqual(named, [one.name]);
    say(31, 40);
    assert.equal((await env.collect(target)).lines, 10 + 30);
    for (const pod of [one, other])
      assert.deepEqual(numbersOf(env.bundles(target), pod.name), range(1, 40));
  });

  test('whose container restarts more than once in between leave a gap that says how many runs went', async () => {
    const pod = await openStage(env, 3);
    const target = await env.serveLogs(env.of(pod));
    pod.say(1, 10);
    await env.collect(target);
    for (const first of [11, 21, 31]) {
      pod.say(first, first + 9);
      await pod.restart();
    }
    pod.say(41, 50);
    const { lines, gaps } = await env.collect(target);
    assert.deepEqual({ lines, gaps }, { lines: 20, gaps: 1 });
    const bundles = env.bundles(target);
    assert.deepEqual(numbersOf(bundles, pod.name), [...range(1, 10), ...range(31, 50)]);
    const [gap] = gapsOf(bundles);
    assert.deepEqual([gap?.reason, gap?.runs], ['run-gone', 1]);
    assert.equal((await env.collect(target)).gaps, 0);
  });

  test('whose label is taken away and given back go on where they were, and no place of the gone is kept', async () => {
    const [pod, going] = [await openStage(env, 1), await openStage(env, 2)];
    const target = await env.serveLogs(env.of(pod, going));
    const label = async (app: string) => {
      const at = `/api/v1/namespaces/${STAGE}/pods/${pod.name}`;
      const { status } = await env.admin.send('PATCH', at, { metadata: { labels: { app } } });
      assert.equal(status, 200);
    };
    pod.say(1, 10);
    going.say(1, 5);
    await pod.restart();
    pod.say(11, 20);
    await env.collect(target);
    await label('debugged');
    await going.remove();
    assert.deepEqual(
      gapsOf(env.bundles(target)).map(({ reason }) => reason),
      [],
    );
    const { lines, gaps } = await env.collect(target);
    assert.deepEqual({ lines, gaps }, { lines: 0, gaps: 1 });
    pod.say(21, 30);
    await label(pod.name);
    assert.equal((await env.collect(target)).gaps, 0);
    const bundles = env.bundles(target);
    assert.deepEqual(numbersOf(bundles, pod.name), range(1, 30));
    const { places = [] } = bundles.at(-1)?.manifest ?? {};
    assert.deepEqual(
      places.map(({ pod: name, restarts }) => [name, restarts]),
      [
        [pod.name, 0],
        [pod.name, 1],
      ],
    );
  });

  test('of node-ca are taken where they are asked for, and only there', async () => {
    const pod = await openStage(env, 5);
    const target = await env.serveLogs(env.of(pod));
    const [registry = ''] = env.info.registry.pods;
    const label = async (name: string | null) => {
      const at = `/api/v1/namespaces/openshift-image-registry/pods/${registry}`;
      const { status } = await env.admin.send('PATCH', at, { metadata: { labels: { name } } });
      assert.equal(status, 200);
    };
    // The sandbox has no pods of node-ca: one that has a log bears their label for a while.
    await label('node-ca');
    try {
      await env.collect(target);
      await env.collect(target, { nodeCa: true });
    } finally {
      await label(null);
    }
    const [without, withThem] = env
      .bundles(target)
      .map(({ manifest }) => manifest.sources.flatMap((source) => source.pod ?? []));
    assert.deepEqual(without, [pod.name]);
    assert.deepEqual(withThem?.toSorted(), [registry, pod.name].toSorted());
  });

  test('are not all: events are kept once each, and again when they were counted up', async () => {
    const pod = await openStage(env, 6);
    const target = await env.serveLogs(env.of(pod));
    const events = `/api/v1/namespaces/${STAGE}/events`;
    const [first, second] = [fresh('event'), fresh('event')];
    const happen = (name: string) =>
      make(env, events, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name },
        involvedObject: { kind: 'Pod', name: pod.name, namespace: STAGE },
        reason: 'Unhealthy',
        message: `Readiness probe failed with sha256~${'A'.repeat(43)}`,
        count: 1,
      });
    await happen(first);
    await env.collect(target);
    await happen(second);
    const { status } = await env.admin.send('PATCH', `${events}/${first}`, { count: 2 });
    assert.equal(status, 200);
    await env.collect(target);
    await env.collect(target);
    const told = env.bundles(target).map(({ manifest, lines }) =>
      manifest.sources
        .filter(({ kind }) => kind === 'events')
        .flatMap((source) => lines(source))
        .flatMap((line) => [first, second].filter((name) => line.includes(name)))
        .toSorted(),
    );
    const kept = env.bundles(target).map(({ manifest }) => manifest.redactions);
    // Other stories count the lines that they collect here.
    for (const name of [first, second]) await env.admin.send('DELETE', `${events}/${name}`);
    assert.deepEqual(kept, [{ 'bearer-token': 1 }, { 'bearer-token': 2 }, {}]);
    assert.deepEqual(told, [[first], [first, second].toSorted(), []]);
  });
});
