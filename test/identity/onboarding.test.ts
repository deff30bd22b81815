import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createIdentityActivities } from '../../activities/identity/identity.ts';
import { createProviderChecks } from '../../activities/identity/providers.ts';
import { createSubjectActivities } from '../../activities/access/people/subjects.ts';
import type { Subject } from '../../src/domain/subject.ts';
import type { Environment } from '../kubernetes/environment.ts';
import {
  ALICE,
  authentication,
  checkOf,
  FILE,
  ISSUER,
  LOCAL,
  oauth,
  targetOf,
  textsOf,
} from './support/activities.ts';

/** Runs an activity as a worker does. */
async function inWorker<T>(act: () => Promise<T>): Promise<T> {
  const result: unknown = await new MockActivityEnvironment().run(act);
  return result as T;
}

async function onboardingStep(t: TestContext, env: Environment, subject: Subject = ALICE) {
  const { target } = await targetOf(t, env);
  const activities = createIdentityActivities(createProviderChecks(target));
  return inWorker(() => activities.requireIdentityProvider({ subject }));
}

suite('an onboarding', () => {
  test('continues with a finding if one of the providers is broken', async (t) => {
    const env = { ...oauth(LOCAL, { name: 'corp', type: 'LDAP' }), ...FILE };
    const { step, findings } = await onboardingStep(t, env);
    assert.equal(step.outcome, 'passed');
    assert.equal(step.detail, 'local (HTPasswd), corp (LDAP, broken)');
    assert.ok(
      findings
        .map(describeFinding)
        .includes('provider corp (LDAP): ldap.url is not set; set it (oc edit oauth cluster)'),
    );
  });

  test('gets no mere notes', async (t) => {
    const gitlab = { name: 'code', type: 'GitLab', gitlab: { url: 'https://gitlab.invalid' } };
    const { findings } = await onboardingStep(t, oauth(gitlab));
    assert.ok(!findings.some(({ text }) => text.includes('every account')));
  });

  const NOBODY: readonly (readonly [string, Environment, RegExp])[] = [
    ['no provider', oauth(), /only kubeadmin/],
    ['authentication of type None', authentication({ type: 'None' }), /type None/],
    ['no external issuer', authentication({ type: 'OIDC' }), /spec\.oidcProviders/],
  ];
  for (const [what, env, message] of NOBODY) {
    test(`ends if there is ${what}`, async (t) => {
      await assert.rejects(onboardingStep(t, env), {
        type: 'IdentityProviderMissing',
        nonRetryable: true,
        message,
      });
    });
  }

  test('of a service account needs no provider', async (t) => {
    const subject = { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' } as const;
    assert.equal((await onboardingStep(t, oauth(), subject)).step.outcome, 'not-applicable');
  });

  test('on plain Kubernetes has nothing to check, and says so', async (t) => {
    const { step, findings } = await onboardingStep(t, {});
    assert.equal(step.outcome, 'not-applicable');
    assert.match(findings.map(describeFinding).join(), /serves no config\.openshift\.io/);
  });
});

suite('with an external issuer', () => {
  test('the check names the person as the cluster does', async (t) => {
    const found = await checkOf(t, ISSUER, { user: 'alice' });
    assert.equal(found.kind, 'oidc');
    assert.equal(found.clusterName, 'https://issuer.invalid#alice');
    assert.match(textsOf(found), /warning: as seen from the worker, issuer\.invalid/);
  });

  const NAMES: readonly (readonly [Subject, string])[] = [
    [ALICE, 'https://issuer.invalid#alice'],
    [{ kind: 'User', name: 'https://issuer.invalid#alice' }, 'https://issuer.invalid#alice'],
    [{ kind: 'Group', name: 'devs' }, 'corp:devs'],
    [{ kind: 'Group', name: 'corp:devs' }, 'corp:devs'],
  ];
  for (const [subject, name] of NAMES) {
    test(`${subject.kind} ${subject.name} is granted as ${name}`, async (t) => {
      const { target } = await targetOf(t, ISSUER);
      const activities = createSubjectActivities(target);
      const found = await inWorker(() => activities.findSubject({ subject, accesses: [] }));
      assert.deepEqual(found.subject, { ...subject, name });
      assert.equal(found.facts.exists, true);
      assert.equal(found.login.is, 'not-applicable');
      const says = found.findings.some(({ text }) =>
        text.includes(`as ${subject.kind === 'Group' ? 'Group/' : ''}${name}`),
      );
      assert.equal(says, subject.name !== name);
    });
  }
});
