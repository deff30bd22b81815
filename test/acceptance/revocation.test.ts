import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { runListAccess } from '../../src/temporal/starts.ts';
import {
  createNamespace,
  createServiceAccount,
  createUser,
  giveRole,
  grantsIn,
  leftBehind,
} from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment, outcomes, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('taking an access back', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  test('deletes the binding and proves with a token of the person that they are refused now', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`, 'metrics'];
    assertProven((await onboard(env, { subject: person, accesses })).report);
    const { report } = await revoke(env, { subject: person, accesses });
    assert.equal(report.outcome, 'revoked', JSON.stringify(report.failure ?? report.next));
    assert.deepEqual(outcomes(report), {
      find: 'passed',
      [`revoke pull:${namespace}`]: 'passed',
      'revoke metrics': 'passed',
      review: 'passed',
      reach: 'passed',
      login: 'passed',
      [`pull ${namespace} refused`]: 'passed',
      'metrics refused': 'passed',
    });
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.deepEqual(await leftBehind(env, [namespace]), []);
  });

  test('revokes only what was requested', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await onboard(env, { subject: person, accesses: [`pull:${namespace}`, `push:${namespace}`] });
    const { report } = await revoke(env, { subject: person, accesses: [`push:${namespace}`] });
    assert.equal(report.outcome, 'revoked');
    assert.deepEqual(await grantsIn(env, namespace), [`purser:pull:User:${person.name}`]);
  });

  test('is proven by review only if no token may be taken, and says so', async () => {
    const namespace = await createNamespace(env);
    const account = await createServiceAccount(env, namespace);
    const accesses = [`pull:${namespace}`];
    await onboard(env, { subject: account, accesses });
    const { report } = await revoke(env, { subject: account, accesses });
    assert.equal(report.outcome, 'revoked-unproven');
    assert.match(report.next.join(), /proof\.serviceAccountTokens/);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('names the other bindings that still give the access', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    await onboard(env, { subject: person, accesses });
    const other = await giveRole(env, namespace, 'view', person);
    const { report } = await revoke(env, { subject: person, accesses });
    assert.match(
      report.findings.map(describeFinding).join(),
      new RegExp(`still allowed.*RoleBinding ${namespace}/${other} \\(view\\)`),
    );
  });

  test('that Purser never granted fails, and leaves the bindings of others alone', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await giveRole(env, namespace, 'registry-viewer', person, `purser:pull:User:${person.name}`);
    const mine = await revoke(env, { subject: person, accesses: [`push:${namespace}`] });
    assert.equal(mine.failure, 'GrantNotFound');
    const theirs = await revoke(env, { subject: person, accesses: [`pull:${namespace}`] });
    assert.equal(theirs.failure, 'Conflict');
  });

  test('shows in the list of accesses: there after the grant, gone after the revocation', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    await onboard(env, { subject: person, accesses, reason: 'for the list', requestedBy: 'kim' });
    const [row] = (await runListAccess(env.client, 'sandbox')).filter(
      ({ subject }) => subject === person.name,
    );
    assert.equal(row?.access, accesses[0]);
    assert.equal(row?.role, 'registry-viewer');
    assert.equal(row?.reason, 'for the list');
    assert.equal(row?.requestedBy, 'kim');
    await revoke(env, { subject: person, accesses });
    const rows = await runListAccess(env.client, 'sandbox');
    assert.ok(rows.every(({ subject }) => subject !== person.name));
  });
});
