import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { CANARY } from '../../src/registry/canary.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import { login } from '../../src/sandbox/login.ts';
import { createNamespace, createUser, giveRole, grantsIn, leftBehind } from './support/cast.ts';
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

  test('with a canary that Purser may not push grants, and says whose right is missing', async () => {
    const person = await createUser(world);
    const namespace = await createNamespace(world);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(world, { target: 'with-canary', subject: person, accesses });
    assert.equal(report.outcome, 'granted-unproven', report.failure?.message ?? '');
    assert.match(report.next.join(), /Purser may not push the canary .*option-canary\.yaml/);
    assert.deepEqual(await leftBehind(world, [namespace]), []);
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
    const step = report.steps.find(({ name }) => name === `pull ${namespace}`);
    assert.match(step?.detail ?? '', /the canary, put there by Purser, was pulled and compared/);
    assert.deepEqual(await leftBehind(world, [namespace]), []);
  });

  test('that holds an image has it pulled by whoever may pull', async () => {
    const namespace = await createNamespace(world);
    await pushImageAsBob(world, namespace);
    const person = await createUser(world);
    const { report } = await onboard(world, { subject: person, accesses: [`pull:${namespace}`] });
    assertProven(report);
    const step = report.steps.find(({ name }) => name === `pull ${namespace}`);
    assert.match(
      step?.detail ?? '',
      /hello:latest was pulled and compared \(manifest and 2 of 2 blobs\)/,
    );
  });
});

async function pushImageAsBob(world: World, namespace: string): Promise<void> {
  await giveRole(world, namespace, 'registry-editor', { kind: 'User', name: 'bob' });
  const [host = '', port] = world.info.registry.routeAddress.split(':');
  const registry = createRegistry({
    origin: `https://${world.info.registry.routeHost}`,
    connect: { host, port: Number(port) },
    ca: readFileSync(world.info.registry.ingressCaFile, 'utf8'),
  });
  const { signal } = new AbortController();
  try {
    const session = await registry.login(
      await login(world.info, 'bob'),
      { account: 'bob' },
      signal,
    );
    const repository = `${namespace}/hello`;
    await session.putBlob(repository, CANARY.config.bytes, signal);
    await session.putBlob(repository, CANARY.layer.bytes, signal);
    await session.putManifest(repository, 'latest', CANARY.manifest, signal);
  } finally {
    await registry.close();
  }
}
