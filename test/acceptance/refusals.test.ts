import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createNamespace, createUser, giveRole, grantsIn, leftBehind } from './support/fixtures.ts';
import { onboard, openEnvironment, outcomes } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('the proof that the rest is refused', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  test('does not pass for a person who may push by another binding, and names that binding', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const other = await giveRole(env, namespace, 'edit', person);
    const { report } = await onboard(env, { subject: person, accesses: [`pull:${namespace}`] });
    const step = report.steps.find(({ name }) => name === `push ${namespace} refused`);
    assert.equal(step?.outcome, 'not-applicable');
    assert.equal(step?.detail, `may do it through RoleBinding ${namespace}/${other} (edit)`);
    assert.equal(report.outcome, 'proven');
  });

  test('fails where the registry lets through what the review denies, and the grant is undone', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await env.fault({ letThrough: true });
    const { report, failure } = await onboard(env, {
      subject: person,
      accesses: [`pull:${namespace}`],
    });
    await env.fault({});
    assert.equal(failure, 'ProofFailed', JSON.stringify(report.steps, null, 1));
    assert.equal(outcomes(report)[`push ${namespace} refused`], 'failed');
    assert.match(
      report.failure?.message ?? '',
      /let a push to .* through although the cluster's review denies it/,
    );
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.deepEqual(await leftBehind(env, [namespace]), []);
  });
});
