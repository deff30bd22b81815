import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { removeOwn } from '../../../activities/access/grants/remove-own.ts';
import { createGrant } from '../../../src/access/grants/bindings.ts';
import { GRANT, IN_TEAM_A, NAME, start } from '../grants/grant.ts';
import { targetOf } from '../../identity/support/activities.ts';

const RUN = '0199f0a0-0000-7000-8000-000000000000';
const { subject, access } = GRANT;
const AT = `${IN_TEAM_A}/${NAME}`;

/** A run's binding, with what somebody has done to its annotations since. */
async function undo(t: TestContext, edit: Readonly<Record<string, string | undefined>>) {
  const { store, cluster } = await start(t);
  const { binding } = await createGrant(cluster, GRANT);
  const edited = Object.entries({ ...binding.metadata.annotations, ...edit });
  const annotations = Object.fromEntries(
    edited.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
  store.put(IN_TEAM_A, { ...binding, metadata: { ...binding.metadata, annotations } });
  const { target } = await targetOf(t, {});
  const own = { ...target, cluster };
  const given = { subject, accesses: [access] };
  const { signal } = new AbortController();
  const uids = [binding.metadata.uid ?? ''];
  return {
    knowing: () => removeOwn(own, { ...given, uids }, signal),
    notKnowing: () => removeOwn(own, given, signal),
    isThere: () => store.objects.has(AT),
  };
}

test('a binding that is as this run made it is deleted', async (t) => {
  const { notKnowing, isThere } = await undo(t, {});
  const { removed, kept } = await notKnowing();
  assert.deepEqual([removed, kept], [[`RoleBinding team-a/${NAME}`], []]);
  assert.equal(isThere(), false);
});

test('a binding whose mark names another run stays, and the run that made it reports it', async (t) => {
  const { knowing, notKnowing, isThere } = await undo(t, { 'purser.dev/made-by': 'x' });
  assert.match(
    (await knowing()).kept?.[0]?.why ?? '',
    /not ours any more: .*made-by names another/,
  );
  assert.deepEqual((await notKnowing()).kept, [], 'of that, another run may know');
  assert.equal(isThere(), true);
});

test('a binding without its mark stays, and is reported, with and without a known uid', async (t) => {
  const { knowing, notKnowing, isThere } = await undo(t, { 'purser.dev/made-by': undefined });
  for (const { removed, kept } of [await knowing(), await notKnowing()]) {
    assert.deepEqual(removed, []);
    assert.match(kept?.[0]?.why ?? '', /not ours any more: .*made-by is gone/);
  }
  assert.equal(isThere(), true);
});

test('a binding that another run relies on stays, and is reported', async (t) => {
  const { knowing, isThere } = await undo(t, {
    'purser.dev/confirmed-by': `onboard/prod/User/x/${RUN}`,
  });
  assert.match(
    (await knowing()).kept?.[0]?.why ?? '',
    /onboard\/prod\/User\/x\/[-0-9a-f]{36} has found it/,
  );
  assert.equal(isThere(), true);
});

for (const written of ['nobody', `lease/prod/User/x/${RUN}`, '']) {
  test(`a binding whose confirmation is "${written}", which names no onboarding, is deleted all the same`, async (t) => {
    const { knowing, isThere } = await undo(t, { 'purser.dev/confirmed-by': written });
    assert.deepEqual((await knowing()).kept, []);
    assert.equal(isThere(), false);
  });
}
