import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import {
  createNamespace,
  createServiceAccount,
  createUser,
  giveRole,
  grantsIn,
  leftBehind,
} from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment, outcomes } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a target', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({
      'as-installed': { proof: { mintTokens: false, serviceAccountTokens: [], canary: false } },
      'with-canary': { proof: { mintTokens: true, serviceAccountTokens: [], canary: true } },
    });
  });
  after(() => env.close());

  test('as it is installed grants by review, and names the setting that would prove it', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { target: 'as-installed', subject: person, accesses });
    assert.equal(report.outcome, 'granted-unproven');
    assert.equal(outcomes(report)['review'], 'passed');
    assert.equal(outcomes(report)['reach'], 'passed');
    assert.equal(outcomes(report)['login'], 'not-tried');
    assert.match(report.next.join(), /proof\.mintTokens of target as-installed/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('that is asked for a review only does not touch the registry', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { subject: person, accesses, prove: 'review' });
    assert.equal(report.outcome, 'granted-unproven');
    assert.equal(outcomes(report)['reach'], 'not-tried');
  });

  const lent = /Purser could not lend .* a canary: .*option-canary\.yaml/;

  test('with a canary that Purser may not push proves the pull without one, and says so', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { target: 'with-canary', subject: person, accesses });
    assertProven(report);
    assert.match(report.findings.map(describeFinding).join('\n'), lent);
    assert.match(detailOf(report, `pull ${namespace}`), /one that is not there \(404\)/);
    assert.deepEqual(await leftBehind(env, [namespace]), []);
  });

  for (const fault of [{ readOnly: true }, { storageFull: true }]) {
    const [what] = Object.keys(fault);
    test(`with a canary on a registry that is ${what} proves a pull all the same`, async () => {
      const [subject, namespace] = [await createUser(env), await createNamespace(env)];
      const account = { kind: 'User', name: 'system:serviceaccount:purser:purser' };
      await giveRole(env, namespace, 'purser-canary', account);
      await env.fault(fault);
      const accesses = [`pull:${namespace}`];
      const { report } = await onboard(env, { target: 'with-canary', subject, accesses });
      await env.fault({});
      assertProven(report);
      assert.match(
        report.findings.map(describeFinding).join('\n'),
        /Purser could not lend .* a canary/,
      );
      // It is no right that is missing.
      assert.doesNotMatch(report.findings.map(describeFinding).join('\n'), /option-canary/);
    });
  }

  test('without the right to a token grants all the same, and says what was refused', async () => {
    const namespace = await createNamespace(env);
    const subject = await createServiceAccount(env, namespace);
    const target = 'no-right-to-tokens';
    const proof = { mintTokens: false, serviceAccountTokens: [namespace], canary: false };
    await env.serve({ [target]: { proof } });
    const { report } = await onboard(env, { target, subject, accesses: [`pull:${namespace}`] });
    assert.equal(report.outcome, 'granted-unproven', report.failure?.message ?? '');
    assert.match(report.next.join(), /Purser got no token to try it with: POST .*secrets: 403/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('with a canary that Purser may push proves the pull of it, and deletes it', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await giveRole(env, namespace, 'purser-canary', {
      kind: 'User',
      name: 'system:serviceaccount:purser:purser',
    });
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { target: 'with-canary', subject: person, accesses });
    assertProven(report);
    assert.match(
      detailOf(report, `pull ${namespace}`),
      /the canary, put there by Purser, was pulled and compared/,
    );
    assert.deepEqual(await leftBehind(env, [namespace]), []);
  });
});

function detailOf({ steps }: Report, name: string): string {
  return steps.find((step) => step.name === name)?.detail ?? '';
}
