import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import {
  createGroup,
  createNamespace,
  createServiceAccount,
  createUser,
  giveRole,
  grantsIn,
  leftBehind,
  letPurserBind,
  logIn,
  newcomer,
} from './support/fixtures.ts';
import { assertProven, onboard, openEnvironment, outcomes } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

describe('an onboarding', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({
      'by-name': { grant: 'before-login' },
      'wide-open': {
        grants: {
          accesses: ['pull', 'push', 'admin', 'metrics', 'pull:*'],
          protectedNamespaces: [],
        },
      },
      'least-roles': { roles: 'least' },
      'by-port-forward': { registry: { reach: 'port-forward' } },
    });
  });
  after(() => env.close());

  test('of a person proves pull, push, and what lies beyond them refused', async () => {
    const person = await createUser(env);
    const [mine, other] = [await createNamespace(env), await createNamespace(env)];
    const accesses = [`pull:${mine}`, `push:${other}`];
    const { report } = await onboard(env, { subject: person, accesses, reason: 'a story' });
    assertProven(report);
    assert.deepEqual(outcomes(report), {
      'identity provider': 'passed',
      subject: 'passed',
      [`grant pull:${mine}`]: 'passed',
      [`grant push:${other}`]: 'passed',
      review: 'passed',
      reach: 'passed',
      login: 'passed',
      [`push ${other}`]: 'passed',
      [`pull ${mine}`]: 'passed',
      [`push ${mine} refused`]: 'passed',
      'pull default refused': 'passed',
    });
    assert.deepEqual(await grantsIn(env, mine), [`purser:pull:User:${person.name}`]);
    assert.deepEqual(await leftBehind(env, [mine, other]), []);
  });

  test('of a service account is proven with its own token, which is gone afterwards', async () => {
    const account = await createServiceAccount(env, 'team-a');
    const namespace = await createNamespace(env);
    const accesses = [`push:${namespace}`];
    const { report } = await onboard(env, { subject: account, accesses, prove: 'required' });
    assertProven(report);
    assert.equal(outcomes(report)['identity provider'], 'not-applicable');
    assert.deepEqual(await leftBehind(env, [namespace]), []);
  });

  test('of a group is granted by review alone, and says how it could be proven', async () => {
    const group = await createGroup(env, []);
    const namespace = await createNamespace(env);
    const { report } = await onboard(env, { subject: group, accesses: [`pull:${namespace}`] });
    assert.equal(report.outcome, 'granted-unproven');
    assert.equal(outcomes(report)['review'], 'passed');
    assert.match(report.next.join(), /--prove-as/);
    assert.match(report.findings.map(describeFinding).join(), /has no members/);
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('of a group is proven with the rights of a member', async () => {
    const member = await createUser(env);
    const group = await createGroup(env, [member.name]);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { subject: group, accesses, proveAs: member.name });
    assertProven(report);
    assert.equal(outcomes(report)[`push ${namespace} refused`], 'passed');
  });

  test('of a group is not proven by a member who may do it without the group, and names how', async () => {
    const member = await createUser(env);
    const group = await createGroup(env, [member.name]);
    const namespace = await createNamespace(env);
    const other = await giveRole(env, namespace, 'view', member);
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { subject: group, accesses, proveAs: member.name });
    assert.equal(report.outcome, 'granted-unproven');
    assert.match(
      report.next.join(),
      new RegExp(`may do it through RoleBinding ${namespace}/${other} \\(view\\), with or without`),
    );
  });

  test('for metrics makes the scraper role, binds it cluster-wide and reads the metrics', async () => {
    const person = await createUser(env);
    const { report } = await onboard(env, { subject: person, accesses: ['metrics'] });
    assertProven(report);
    const step = report.steps.find(({ name }) => name === 'metrics');
    assert.match(step?.detail ?? '', /answered with \d+ samples/);
    assert.ok((await grantsIn(env)).includes(`purser:metrics:User:${person.name}`));
  });

  test('for every namespace is proven if the configuration names pull:*', async () => {
    const person = await createUser(env);
    const { report } = await onboard(env, {
      target: 'wide-open',
      subject: person,
      accesses: ['pull:*'],
    });
    assertProven(report);
    assert.deepEqual(Object.keys(outcomes(report)).slice(-2), [
      'pull default',
      'push default refused',
    ]);
  });

  test('as an administrator of a namespace is refused while Purser may not bind that role', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`admin:${namespace}`];
    const { failure } = await onboard(env, { target: 'wide-open', subject: person, accesses });
    assert.equal(failure, 'Forbidden');
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('as an administrator of a namespace is proven, and warns of what the role also gives', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    await letPurserBind(env, namespace, 'registry-admin');
    const accesses = [`admin:${namespace}`];
    const { report } = await onboard(env, { target: 'wide-open', subject: person, accesses });
    assertProven(report);
    assert.equal(outcomes(report)[`push ${namespace}`], 'passed');
    assert.match(report.findings.map(describeFinding).join(), /hands out roles there/);
  });

  test('with the least roles is proven without a right to secrets', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`, `push:${namespace}`];
    const { report } = await onboard(env, { target: 'least-roles', subject: person, accesses });
    assertProven(report);
    assert.deepEqual(
      report.grants.map(({ role }) => role),
      ['system:image-puller', 'system:image-builder'],
    );
    assert.doesNotMatch(report.findings.map(describeFinding).join(), /Secrets/);
  });

  test('reaches the registry through the cluster API if there is no other way', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`push:${namespace}`];
    const { report } = await onboard(env, {
      target: 'by-port-forward',
      subject: person,
      accesses,
    });
    assertProven(report);
    assert.match(
      report.steps.find(({ name }) => name === 'reach')?.detail ?? '',
      /by port-forward/,
    );
  });

  test('a second time is a no-op that is proven again', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    await onboard(env, { subject: person, accesses });
    const { report } = await onboard(env, { subject: person, accesses });
    assertProven(report);
    assert.deepEqual(
      report.grants.map(({ made }) => made),
      ['before'],
    );
    assert.equal((await grantsIn(env, namespace)).length, 1);
  });

  test('names the access that the subject holds already by other bindings', async () => {
    const person = await createUser(env);
    const namespace = await createNamespace(env);
    const other = await giveRole(env, namespace, 'edit', person);
    const { report } = await onboard(env, { subject: person, accesses: [`pull:${namespace}`] });
    assertProven(report);
    assert.match(
      report.findings.map(describeFinding).join(),
      new RegExp(`holds pull:${namespace} already by RoleBinding ${namespace}/${other}`),
    );
  });

  test('of a person who has never logged in grants to the name if both sides allow it, and says what the first login will change', async () => {
    const namespace = await createNamespace(env);
    const { report } = await onboard(env, {
      target: 'by-name',
      subject: newcomer(),
      accesses: [`pull:${namespace}`],
      beforeLogin: true,
    });
    assert.equal(report.outcome, 'granted-unproven');
    assert.match(report.findings.map(describeFinding).join(), /no User object/);
    assert.match(report.next.join(), /has not logged in yet/);
  });

  test('takes names with @ and capitals, in bindings, ids and reports', async () => {
    const subject = { kind: 'User', name: 'Jane.Doe@example.com' } as const;
    await logIn(env, subject.name);
    const namespace = await createNamespace(env);
    const { report } = await onboard(env, { subject, accesses: [`pull:${namespace}`] });
    assertProven(report);
    assert.equal(report.workflowId, 'onboard/sandbox/User/Jane.Doe%40example.com');
    assert.deepEqual(await grantsIn(env, namespace), ['purser:pull:User:Jane.Doe@example.com']);
  });
});
