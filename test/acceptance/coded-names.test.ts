import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bindingName } from '../../src/access/grants/binding-name.ts';
import { createNamespace, fresh, grantsIn, logIn } from './support/cast.ts';
import { onboard, openWorld, outcomes, revoke } from './support/world.ts';
import type { World } from './support/world.ts';

describe('somebody whose name no User can have', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  for (const held of ['/', ':']) {
    test(`is given, proven and taken back an access as the User that OpenShift keeps (${held})`, async () => {
      const name = `CORP${held}${fresh('alice')}`;
      const subject = { kind: 'User', name } as const;
      const known = `b64:${Buffer.from(name).toString('base64').replaceAll('=', '')}`;
      const namespace = await createNamespace(world);
      const accesses = [`pull:${namespace}`];
      await logIn(world, name);

      const { report } = await onboard(world, { subject, accesses });
      assert.equal(outcomes(report)['login'], 'passed', report.failure?.message ?? '');
      assert.equal(outcomes(report)[`pull ${namespace}`], 'passed');
      const found = report.findings.join('\n');
      assert.ok(found.includes(`the cluster knows ${name} as ${known}`), found);
      const binding = bindingName({ kind: 'User', name: known }, { level: 'pull', namespace });
      assert.deepEqual(await grantsIn(world, namespace), [binding]);

      const { report: end } = await revoke(world, { subject, accesses });
      assert.equal(end.failure?.message, undefined);
      assert.deepEqual(await grantsIn(world, namespace), []);
    });
  }
});
