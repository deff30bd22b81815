import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { startOnboard } from '../../src/temporal/starts.ts';
import { progressQuery } from '../../workflows/contract.ts';
import {
  createNamespace,
  createServiceAccount,
  createUser,
  grantsIn,
  leftBehind,
} from './support/fixtures.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('what fails is undone', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    // A registry whose fault stays is not worth a quarter of an hour here.
    await env.serve({ impatient: { patience: '5s' } });
  });
  after(() => env.close());

  const faults = [
    { name: 'whose uploads fail', fault: { uploadStatus: 500 }, cause: 'server-error' },
    { name: 'whose storage is full', fault: { storageFull: true }, cause: 'storage' },
    { name: 'that is read-only', fault: { readOnly: true }, cause: 'storage' },
    { name: 'whose storage is ill', fault: { unhealthy: true }, cause: 'storage' },
    {
      name: 'that serves other bytes than it took',
      fault: { wrongDigest: true },
      cause: 'storage',
    },
    { name: 'whose token route is broken', fault: { tokenRoute: 'broken' }, cause: 'server-error' },
    { name: 'that is overrun', fault: { requestLimit: true }, cause: 'rate-limited' },
    {
      name: 'that sends uploads to another origin',
      fault: { location: 'https://elsewhere.example.com' },
      cause: 'configuration',
    },
  ];
  for (const { name, fault, cause } of faults) {
    test(`a proof on a registry ${name} fails with cause ${cause} and leaves nothing`, async () => {
      const person = await createUser(env);
      const namespace = await createNamespace(env);
      await env.fault(fault);
      const { report, failure } = await onboard(env, {
        target: 'impatient',
        subject: person,
        accesses: [`push:${namespace}`],
      });
      await env.fault({});
      assert.equal(failure, 'ProofFailed', String(report.failure?.message));
      const failed = report.steps.find(({ outcome }) => outcome === 'failed');
      assert.equal(failed?.cause, cause, String(failed?.detail));
      assert.equal(report.failure?.undone, 'everything that this run made is gone');
      assert.deepEqual(await grantsIn(env, namespace), []);
      assert.deepEqual(await leftBehind(env, [namespace]), []);
    });
  }

  test('a grant that was there before stays when a later proof fails, and the report says so', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`push:${namespace}`];
    await onboard(env, { subject: person, accesses });
    await env.fault({ readOnly: true });
    const { report, failure } = await onboard(env, { subject: person, accesses });
    await env.fault({});
    assert.equal(failure, 'ProofFailed');
    assert.match(report.failure?.undone ?? '', /stay: they were there before/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('a proof that is required and cannot be tried undoes the grant', async () => {
    const namespace = await createNamespace(env);
    const account = await createServiceAccount(env, namespace);
    const accesses = [`pull:${namespace}`];
    const { report, failure } = await onboard(env, {
      subject: account,
      accesses,
      prove: 'required',
    });
    assert.equal(failure, 'ProofFailed');
    assert.match(report.failure?.message ?? '', /proof\.serviceAccountTokens/);
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('a registry that sends the token to another realm is not tried, and the grant goes if a proof is required', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await env.fault({ realm: 'https://elsewhere.example.com/openshift/token' });
    const { report, failure } = await onboard(env, {
      subject: person,
      accesses: [`push:${namespace}`],
      prove: 'required',
    });
    await env.fault({});
    assert.equal(failure, 'ProofFailed', String(report.failure?.message));
    const login = report.steps.find(({ name }) => name === 'login');
    assert.deepEqual([login?.outcome, login?.cause], ['not-tried', 'configuration']);
    assert.match(String(login?.detail), /elsewhere\.example\.com/);
    assert.equal(report.failure?.undone, 'everything that this run made is gone');
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.deepEqual(await leftBehind(env, [namespace]), []);
  });

  test('a cancel in the middle of the proof undoes the grant and gives the token back', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await env.fault({ hang: true });
    const request = { target: 'sandbox', subject: person, accesses: [`push:${namespace}`] };
    const handle = await startOnboard(env.client, { ...request, prove: 'if-possible' });
    await eventually('the proof to be under way', async () => {
      return (await handle.query(progressQuery)).running === 'proof';
    });
    await handle.cancel();
    await assert.rejects(handle.result(), (error: unknown) => {
      return error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
    });
    await env.fault({});
    assert.deepEqual(await grantsIn(env, namespace), []);
    assert.deepEqual(await leftBehind(env, [namespace]), []);
    const { status } = await handle.describe();
    assert.equal(status.name, 'CANCELLED');
  });

  test('a cancel while it waits for a worker ends it', async () => {
    const person = await createUser(env);
    const request = { target: 'nobody-works-here', subject: person, accesses: ['pull:team-a'] };
    const handle = await startOnboard(env.client, { ...request, prove: 'if-possible' });
    await eventually('it to wait', async () => {
      return (await handle.query(progressQuery)).running === 'identity provider';
    });
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
  });
});
