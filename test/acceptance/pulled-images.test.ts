import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import { createNamespace, createUser, grantsIn } from './support/fixtures.ts';
import { breakImage, pushImages } from './support/images.ts';
import { assertProven, onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a pull is proven with an image of the namespace', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  async function pull(namespace: string, image?: string) {
    const subject = await createUser(env);
    const accesses = [`pull:${namespace}`];
    const asked = image === undefined ? {} : { image };
    return onboard(env, { subject, accesses, ...asked });
  }

  test('that any subject with the right to pull can read', async () => {
    const namespace = await createNamespace(env);
    await pushImages(env, namespace, ['hello']);
    const { report } = await pull(namespace);
    assertProven(report);
    assert.match(
      pulled(report),
      /hello:latest was pulled and compared \(manifest and 2 of 2 blobs\)/,
    );
  });

  test('that is complete, if others are broken, which are named', async () => {
    const namespace = await createNamespace(env);
    await pushImages(env, namespace, ['a-broken', 'b-broken', 'whole']);
    await breakImage(env, namespace, 'a-broken');
    await breakImage(env, namespace, 'b-broken');
    const { report } = await pull(namespace);
    assertProven(report);
    assert.match(pulled(report), /whole:latest was pulled and compared/);
    for (const name of ['a-broken:latest', 'b-broken:latest']) {
      assert.match(
        report.findings.map(describeFinding).join('\n'),
        new RegExp(`${namespace}/${name} cannot be read`),
      );
    }
  });

  test('or without one if all are broken, which is no fault of the person', async () => {
    const namespace = await createNamespace(env);
    await pushImages(env, namespace, ['broken']);
    await breakImage(env, namespace, 'broken');
    const { report } = await pull(namespace);
    assertProven(report);
    assert.match(pulled(report), /none of the 1 images .* could be read; .* not there \(404\)/);
    assert.match(report.findings.map(describeFinding).join('\n'), /broken:latest cannot be read/);
  });

  test('that was requested, and no other', async () => {
    const namespace = await createNamespace(env);
    await pushImages(env, namespace, ['first', 'second']);
    const { report } = await pull(namespace, `${namespace}/second:latest`);
    assertProven(report);
    assert.match(pulled(report), /second:latest was pulled/);
  });

  test('and not proven if the requested one cannot be read; the grant stays', async () => {
    const namespace = await createNamespace(env);
    await pushImages(env, namespace, ['whole']);
    const { report } = await pull(namespace, 'absent:v1');
    assert.equal(report.outcome, 'granted-unproven');
    assert.match(report.next.join(), /absent:v1 was requested and cannot be read/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });
});

function pulled({ steps }: Report): string {
  return steps.find(({ name }) => /^pull story-\w+$/.test(name))?.detail ?? '';
}
