import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Report } from '../../src/access/model/report/report.ts';
import {
  createNamespace,
  createServiceAccount,
  createUser,
  giveRole,
  grantsIn,
  leftBehind,
} from './support/cast.ts';
import { assertProven, onboard, openWorld, outcomes } from './support/world.ts';
import type { World } from './support/world.ts';

describe('a target', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await world.serve({
      'as-installed': { proof: { mintTokens: false, serviceAccountTokens: [], canary: false } },
      'with-canary': { proof: { mintTokens: true, serviceAccountTokens: [], canary: true } },
    });
  });
  after(() => world.close());

  test('as it is installed grants by review, and names the setting that would prove it', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(world, { target: 'as-installed', subject: person, accesses });
    assert.equal(report.outcome, 'granted-unproven');
    assert.equal(outcomes(report)['review'], 'passed');
    assert.equal(outcomes(report)['reach'], 'passed');
    assert.equal(outcomes(report)['login'], 'not-tried');
    assert.match(report.next.join(), /proof\.mintTokens of target as-installed/);
    assert.equal((await grantsIn(world, namespace)).length, 1);
  });

  test('that is asked for a review only does not touch the registry', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(world, { subject: person, accesses, prove: 'review' });
    assert.equal(report.outcome, 'granted-unproven');
    assert.equal(outcomes(report)['reach'], 'not-tried');
  });

  const lent = /Purser could not lend .* a canary: .*option-canary\.yaml/;

  test('with a canary that Purser may not push proves the pull without one, and says so', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(world, { target: 'with-canary', subject: person, accesses });
    assertProven(report);
    assert.match(report.findings.join('\n'), lent);
    assert.match(detailOf(report, `pull ${namespace}`), /one that is not there \(404\)/);
    assert.deepEqual(await leftBehind(world, [namespace]), []);
  });

  for (const fault of [{ readOnly: true }, { storageFull: true }]) {
    const [what] = Object.keys(fault);
    test(`with a canary on a registry that is ${what} proves a pull all the same`, async () => {
      const [subject, namespace] = [await createUser(world), await createNamespace(world)];
      const account = { kind: 'User', name: 'system:serviceaccount:purser:purser' };
      await giveRole(world, namespace, 'purser-canary', account);
      await world.fault(fault);
      const accesses = [`pull:${namespace}`];
      const { report } = await onboard(world, { target: 'with-canary', subject, accesses });
      await world.fault({});
      assertProven(report);
      assert.match(report.findings.join('\n'), /Purser could not lend .* a canary/);
      // It is no right that is missing.
      assert.doesNotMatch(report.findings.join('\n'), /option-canary/);
    });
  }

  test('whose right to a token is missing grants all the same, and says what was refused', async () => {
    const namespace = await createNamespace(world);
    const subject = await createServiceAccount(world, namespace);
    const target = 'no-right-to-tokens';
    const proof = { mintTokens: false, serviceAccountTokens: [namespace], canary: false };
    await world.serve({ [target]: { proof } });
    const { report } = await onboard(world, { target, subject, accesses: [`pull:${namespace}`] });
    assert.equal(report.outcome, 'granted-unproven', report.failure?.message ?? '');
    assert.match(report.next.join(), /Purser got no token to try it with: POST .*secrets: 403/);
    assert.equal((await grantsIn(world, namespace)).length, 1);
  });

  test('with a canary that Purser may push has it pulled, and takes it away again', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    await giveRole(world, namespace, 'purser-canary', {
      kind: 'User',
      name: 'system:serviceaccount:purser:purser',
    });
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(world, { target: 'with-canary', subject: person, accesses });
    assertProven(report);
    assert.match(
      detailOf(report, `pull ${namespace}`),
      /the canary, put there by Purser, was pulled and compared/,
    );
    assert.deepEqual(await leftBehind(world, [namespace]), []);
  });
});

function detailOf({ steps }: Report, name: string): string {
  return steps.find((step) => step.name === name)?.detail ?? '';
}
