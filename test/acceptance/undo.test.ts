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
} from './support/cast.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { onboard, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

describe('what fails is undone', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    // A registry whose fault stays is not worth a quarter of an hour here.
    await world.serve({ impatient: { patience: '5s' } });
  });
  after(() => world.close());

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
      name: 'that sends the token to another realm',
      fault: { realm: 'https://elsewhere.example.com/openshift/token' },
      cause: 'configuration',
    },
    {
      name: 'that sends uploads to another origin',
      fault: { location: 'https://elsewhere.example.com' },
      cause: 'configuration',
    },
  ];
  for (const { name, fault, cause } of faults) {
    test(`a proof on a registry ${name} fails with cause ${cause} and leaves nothing`, async () => {
      const person = await createUser(world);
      const namespace = await createNamespace(world);
      await world.fault(fault);
      const { report, failure } = await onboard(world, {
        target: 'impatient',
        subject: person,
        accesses: [`push:${namespace}`],
      });
      await world.fault({});
      assert.equal(failure, 'ProofFailed', String(report.failure?.message));
      const failed = report.steps.find(({ outcome }) => outcome === 'failed');
      assert.equal(failed?.cause, cause, String(failed?.detail));
      assert.equal(report.failure?.undone, 'everything that this run made is gone');
      assert.deepEqual(await grantsIn(world, namespace), []);
      assert.deepEqual(await leftBehind(world, [namespace]), []);
    });
  }

  test('a grant that was there before stays when a later proof fails, and the report says so', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    const accesses = [`push:${namespace}`];
    await onboard(world, { subject: person, accesses });
    await world.fault({ readOnly: true });
    const { report, failure } = await onboard(world, { subject: person, accesses });
    await world.fault({});
    assert.equal(failure, 'ProofFailed');
    assert.match(report.failure?.undone ?? '', /stay: they were there before/);
    assert.equal((await grantsIn(world, namespace)).length, 1);
  });

  test('a proof that is required and cannot be tried undoes the grant', async () => {
    const namespace = await createNamespace(world);
    const account = await createServiceAccount(world, namespace);
    const accesses = [`pull:${namespace}`];
    const { report, failure } = await onboard(world, {
      subject: account,
      accesses,
      prove: 'required',
    });
    assert.equal(failure, 'ProofFailed');
    assert.match(report.failure?.message ?? '', /proof\.serviceAccountTokens/);
    assert.deepEqual(await grantsIn(world, namespace), []);
  });

  test('a cancel in the middle of the proof undoes the grant and gives the token back', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    await world.fault({ hang: true });
    const request = { target: 'sandbox', subject: person, accesses: [`push:${namespace}`] };
    const handle = await startOnboard(world.client, { ...request, prove: 'if-possible' });
    await eventually('the proof to be under way', async () => {
      return (await handle.query(progressQuery)).running === 'proof';
    });
    await handle.cancel();
    await assert.rejects(handle.result(), (error: unknown) => {
      return error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
    });
    await world.fault({});
    assert.deepEqual(await grantsIn(world, namespace), []);
    assert.deepEqual(await leftBehind(world, [namespace]), []);
    const { status } = await handle.describe();
    assert.equal(status.name, 'CANCELLED');
  });

  test('a cancel while it waits for a worker ends it', async () => {
    const person = await createUser(world);
    const request = { target: 'nobody-works-here', subject: person, accesses: ['pull:team-a'] };
    const handle = await startOnboard(world.client, { ...request, prove: 'if-possible' });
    await eventually('it to wait', async () => {
      return (await handle.query(progressQuery)).running === 'identity provider';
    });
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
  });
});
