import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { createNamespace, fresh, grantsIn, newcomer } from './support/fixtures.ts';
import { onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('an onboarding', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({ 'grants-first': { grant: 'before-login' } });
  });
  after(() => env.close());

  for (const { target, beforeLogin, failure, says } of [
    {
      target: 'sandbox',
      beforeLogin: undefined,
      failure: 'SubjectNotFound',
      says: /no person has logged in under that name\. Check the spelling; --wait-for-login 7d waits[^;]*$/,
    },
    {
      target: 'grants-first',
      beforeLogin: undefined,
      failure: 'SubjectNotFound',
      says: /--wait-for-login 7d waits.*; --before-login grants to the name/,
    },
    { target: 'sandbox', beforeLogin: true, failure: 'Forbidden', says: /`grant: after-login`/ },
  ]) {
    const asked = beforeLogin === true ? 'before the login' : 'without being asked to wait';
    test(`${asked} grants nothing on ${target} to a name without a login`, async () => {
      const [subject, namespace] = [newcomer(), await createNamespace(env)];
      const accesses = [`pull:${namespace}`];
      const request = { target, subject, accesses };
      const end = await onboard(
        env,
        beforeLogin === undefined ? request : { ...request, beforeLogin },
      );
      assert.equal(end.failure, failure);
      assert.match(end.report.failure?.message ?? '', says);
      // The provider's file was read, and holds no such name.
      assert.match(
        end.report.findings.map(describeFinding).join(),
        /is not known to local: no user can log in there/,
      );
      assert.deepEqual(await grantsIn(env, namespace), []);
    });
  }

  for (const asked of [{ beforeLogin: true }, { waitForLogin: '7d' }]) {
    for (const held of ['/', ':', '%']) {
      test(`neither waits for nor gives to a name with ${held} in it (${Object.keys(asked).join()}), which no User can have`, async () => {
        const subject = { kind: 'User' as const, name: `${fresh('team')}${held}alice` };
        const namespace = await createNamespace(env);
        const accesses = [`pull:${namespace}`];
        const end = await onboard(env, { target: 'grants-first', subject, accesses, ...asked });
        assert.equal(end.failure, 'SubjectNotFound');
        const says = end.report.failure?.message ?? '';
        assert.ok(
          says.includes(
            `no login is possible under that name: OpenShift's user names cannot contain "${held}"`,
          ),
          says,
        );
        // OpenShift's own form of a name with : or /; one with % alone it leaves as it is, and refuses.
        const coded = `b64:${Buffer.from(subject.name).toString('base64').replaceAll('=', '')}`;
        const named =
          held === '%' ? '. Check the spelling' : `gets the User ${coded}. Name that User`;
        assert.ok(says.includes(named), says);
        assert.deepEqual(await grantsIn(env, namespace), []);
      });
    }
  }
});
