import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createNamespace, createUser, giveRole, grantsIn, leftBehind } from './support/cast.ts';
import { onboard, openWorld, outcomes } from './support/world.ts';
import type { World } from './support/world.ts';

describe('the proof that the rest is refused', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  test('does not pass for somebody who may push by another binding, and names that binding', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    const other = await giveRole(world, namespace, 'edit', person);
    const { report } = await onboard(world, { subject: person, accesses: [`pull:${namespace}`] });
    const step = report.steps.find(({ name }) => name === `push ${namespace} refused`);
    assert.equal(step?.outcome, 'not-applicable');
    assert.equal(step?.detail, `may do it through RoleBinding ${namespace}/${other} (edit)`);
    assert.equal(report.outcome, 'proven');
  });

  test('fails where the registry lets through what the review denies, and the grant is undone', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    await world.fault({ letThrough: true });
    const { report, failure } = await onboard(world, {
      subject: person,
      accesses: [`pull:${namespace}`],
    });
    await world.fault({});
    assert.equal(failure, 'ProofFailed', JSON.stringify(report.steps, null, 1));
    assert.equal(outcomes(report)[`push ${namespace} refused`], 'failed');
    assert.match(
      report.failure?.message ?? '',
      /let a push to .* through although the cluster's review denies it/,
    );
    assert.deepEqual(await grantsIn(world, namespace), []);
    assert.deepEqual(await leftBehind(world, [namespace]), []);
  });
});
