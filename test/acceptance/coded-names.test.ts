import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { bindingName } from '../../src/access/grants/binding-name.ts';
import { createNamespace, fresh, grantsIn, logIn } from './support/fixtures.ts';
import { onboard, openEnvironment, outcomes, revoke } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('a person whose name no User can have', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  for (const held of ['/', ':']) {
    test(`is granted, proven and revoked an access as the User that OpenShift keeps (${held})`, async () => {
      const name = `CORP${held}${fresh('alice')}`;
      const subject = { kind: 'User', name } as const;
      const known = `b64:${Buffer.from(name).toString('base64').replaceAll('=', '')}`;
      const namespace = await createNamespace(env);
      const accesses = [`pull:${namespace}`];
      await logIn(env, name);

      const { report } = await onboard(env, { subject, accesses });
      assert.equal(outcomes(report)['login'], 'passed', report.failure?.message ?? '');
      assert.equal(outcomes(report)[`pull ${namespace}`], 'passed');
      const found = report.findings.map(describeFinding).join('\n');
      assert.ok(found.includes(`the cluster knows ${name} as ${known}`), found);
      const binding = bindingName({ kind: 'User', name: known }, { level: 'pull', namespace });
      assert.deepEqual(await grantsIn(env, namespace), [binding]);

      const { report: end } = await revoke(env, { subject, accesses });
      assert.equal(end.failure?.message, undefined);
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }
});
