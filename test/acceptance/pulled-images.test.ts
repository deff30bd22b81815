import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Report } from '../../src/access/model/report/report.ts';
import { createNamespace, createUser, grantsIn } from './support/cast.ts';
import { breakImage, pushImages } from './support/images.ts';
import { assertProven, onboard, openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

describe('a pull is proven with an image of the namespace', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  async function pull(namespace: string, image?: string) {
    const subject = await createUser(world);
    const accesses = [`pull:${namespace}`];
    const asked = image === undefined ? {} : { image };
    return onboard(world, { subject, accesses, ...asked });
  }

  test('that whoever may pull can read', async () => {
    const namespace = await createNamespace(world);
    await pushImages(world, namespace, ['hello']);
    const { report } = await pull(namespace);
    assertProven(report);
    assert.match(
      pulled(report),
      /hello:latest was pulled and compared \(manifest and 2 of 2 blobs\)/,
    );
  });

  test('that is whole, where others are broken, which are named', async () => {
    const namespace = await createNamespace(world);
    await pushImages(world, namespace, ['a-broken', 'b-broken', 'whole']);
    await breakImage(world, namespace, 'a-broken');
    await breakImage(world, namespace, 'b-broken');
    const { report } = await pull(namespace);
    assertProven(report);
    assert.match(pulled(report), /whole:latest was pulled and compared/);
    for (const name of ['a-broken:latest', 'b-broken:latest']) {
      assert.match(report.findings.join('\n'), new RegExp(`${namespace}/${name} cannot be read`));
    }
  });

  test('or without one where all are broken, for that is no fault of the person’s', async () => {
    const namespace = await createNamespace(world);
    await pushImages(world, namespace, ['broken']);
    await breakImage(world, namespace, 'broken');
    const { report } = await pull(namespace);
    assertProven(report);
    assert.match(pulled(report), /none of the 1 images .* could be read; .* not there \(404\)/);
    assert.match(report.findings.join('\n'), /broken:latest cannot be read/);
  });

  test('that was asked for, and no other', async () => {
    const namespace = await createNamespace(world);
    await pushImages(world, namespace, ['first', 'second']);
    const { report } = await pull(namespace, `${namespace}/second:latest`);
    assertProven(report);
    assert.match(pulled(report), /second:latest was pulled/);
  });

  test('and not proven where the one that was asked for cannot be read; the grant stays', async () => {
    const namespace = await createNamespace(world);
    await pushImages(world, namespace, ['whole']);
    const { report } = await pull(namespace, 'absent:v1');
    assert.equal(report.outcome, 'granted-unproven');
    assert.match(report.next.join(), /absent:v1 was asked for and cannot be read/);
    assert.equal((await grantsIn(world, namespace)).length, 1);
  });
});

function pulled({ steps }: Report): string {
  return steps.find(({ name }) => /^pull story-\w+$/.test(name))?.detail ?? '';
}
