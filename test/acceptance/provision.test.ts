import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeFinding } from '../../src/domain/finding.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import { createNamespace, fresh, grantsIn, logIn, make, newcomer } from './support/fixtures.ts';
import { setProviders } from './support/providers.ts';
import {
  assertProven,
  configWith,
  endOf,
  onboard,
  openEnvironment,
  outcomes,
} from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const USERS = '/apis/user.openshift.io/v1';
const DOOMED = fileURLToPath(new URL('./support/crash-worker.ts', import.meta.url));

describe('an onboarding that makes the login beforehand', () => {
  let env: Environment;
  let putBack: () => Promise<void>;
  const lookup = { name: fresh('lookup'), mappingMethod: 'lookup' };
  before(async () => {
    env = await openEnvironment();
    putBack = await setProviders(env, [lookup]);
    await env.serve({ provisioning: { grants: { provision: true } } });
  });
  after(async () => {
    await putBack();
    await env.close();
  });

  const target = 'provisioning';
  const isThere = async (path: string) => (await env.admin.get(`${USERS}/${path}`)) !== undefined;
  const traces = async (user: string, providerUser = user) => ({
    user: await isThere(`users/${user}`),
    identity: await isThere(`identities/${lookup.name}:${providerUser}`),
  });

  test('lets a person log in who was refused before, and proves the access', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    await assert.rejects(logIn(env, subject.name, lookup), { code: 'mapping_lookup_error' });
    const accesses = [`pull:${namespace}`];
    const { report } = await onboard(env, { target, subject, accesses, provision: true });
    assertProven(report);
    assert.deepEqual(Object.keys(outcomes(report)).slice(0, 3), [
      'identity provider',
      'provision',
      'subject',
    ]);
    await logIn(env, subject.name, lookup);
    assert.match(
      report.findings.map(describeFinding).join(),
      /check that they are the same person/,
    );
    assert.doesNotMatch(
      report.findings.map(describeFinding).join(),
      /through lookup-\w+ .*refused/,
    );
  });

  test('has nothing to wait for afterwards, and a second time makes nothing', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const request = { target, subject, accesses: [`pull:${namespace}`], provision: true };
    const { report } = await onboard(env, { ...request, waitForLogin: '1h' });
    assertProven(report);
    assert.equal(outcomes(report)['first login'], 'not-applicable');
    const again = await onboard(env, request);
    const step = again.report.steps.find(({ name }) => name === 'provision');
    assert.match(step?.detail ?? '', /knows newcomer-\w+ already/);
  });

  test('uses the name that the provider has for the person, if it is another one', async () => {
    const [subject, namespace, providerUser] = [
      newcomer(),
      await createNamespace(env),
      fresh('staff'),
    ];
    const accesses = [`pull:${namespace}`];
    const request = { target, subject, accesses, provision: true, providerUser };
    assertProven((await onboard(env, request)).report);
    assert.deepEqual(await traces(subject.name, providerUser), { user: true, identity: true });
  });

  test('makes no login where the access is refused anyway', async () => {
    const subject = newcomer();
    const accesses = ['pull:no-such-namespace'];
    const { report, failure } = await onboard(env, {
      target,
      subject,
      accesses,
      provision: true,
    });
    assert.equal(failure, 'NamespaceNotFound');
    assert.equal(report.failure?.undone, 'nothing had been granted yet');
    assert.deepEqual(await traces(subject.name), { user: false, identity: false });
  });

  const failing = async (subject: ReturnType<typeof newcomer>) => {
    const accesses = [`push:${await createNamespace(env)}`];
    await env.fault({ readOnly: true });
    const end = await onboard(env, { target, subject, accesses, provision: true });
    await env.fault({});
    assert.equal(end.failure, 'ProofFailed', end.report.outcome);
    return end.report;
  };

  test('deletes all of it when the onboarding fails', async () => {
    const subject = newcomer();
    const report = await failing(subject);
    assert.equal(report.failure?.undone, 'everything that this run made is gone');
    assert.equal(outcomes(report)['provision'], 'passed');
    assert.deepEqual(await traces(subject.name), { user: false, identity: false });
  });

  test('leaves a User that was there before as it was', async () => {
    const subject = newcomer();
    await make(env, `${USERS}/users`, { metadata: { name: subject.name } });
    const report = await failing(subject);
    assert.equal(outcomes(report)['provision'], 'passed');
    assert.deepEqual(await traces(subject.name), { user: true, identity: false });
    const user = await env.admin.get(`${USERS}/users/${subject.name}`);
    assert.deepEqual(user?.['identities'] ?? [], []);
  });

  test('takes over no Identity that leads to another User', async () => {
    const [subject, other, namespace] = [newcomer(), newcomer(), await createNamespace(env)];
    await logIn(env, subject.name, { ...lookup, mappingMethod: 'claim' });
    const request = { target, subject: other, accesses: [`pull:${namespace}`], provision: true };
    const { report, failure } = await onboard(env, { ...request, providerUser: subject.name });
    assert.equal(failure, 'Conflict');
    assert.match(report.failure?.message ?? '', new RegExp(`leads to the User ${subject.name}`));
    assert.deepEqual(await traces(other.name, subject.name), { user: false, identity: true });
    await logIn(env, subject.name, lookup);
  });

  test('maps no login to a User that has one already', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    await logIn(env, subject.name);
    const request = { target, subject, accesses: [`pull:${namespace}`], provision: true };
    const { report, failure } = await onboard(env, {
      ...request,
      providerUser: fresh('mallory'),
    });
    assert.equal(failure, 'Conflict');
    assert.match(
      report.failure?.message ?? '',
      /belongs to local:newcomer-\w+: a login as lookup-/,
    );
    const user = await env.admin.get(`${USERS}/users/${subject.name}`);
    assert.deepEqual(user?.['identities'], [`local:${subject.name}`]);
  });

  test('is refused where the target does not allow it, naming the setting', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    const { report, failure } = await onboard(env, { subject, accesses, provision: true });
    assert.equal(failure, 'Forbidden');
    assert.match(report.failure?.message ?? '', /grants\.provision is false/);
    assert.deepEqual(await traces(subject.name), { user: false, identity: false });
    assert.deepEqual(await grantsIn(env, namespace), []);
  });

  test('is refused for a provider that makes its own Users, naming those that do not', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const request = { target, subject, accesses: [`pull:${namespace}`], provision: true };
    const { report, failure } = await onboard(env, { ...request, provider: 'local' });
    assert.equal(failure, 'NotConfigured');
    assert.match(
      report.failure?.message ?? '',
      new RegExp(`local is none: OAuth/cluster has ${lookup.name}`),
    );
  });

  test('makes the login once although its worker is killed in between', async () => {
    const crash = fresh('crash');
    const config = configWith(env, crash, { grants: { provision: true } });
    const args = ['--disable-warning=ExperimentalWarning', DOOMED, config, crash, 'login made'];
    const doomed = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const exit = once(doomed, 'exit');
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    const accesses = [`pull:${namespace}`];
    const request = { target: crash, subject, accesses, provision: true };
    const handle = await startOnboard(env.client, { ...request, prove: 'required' });
    assert.equal((await exit)[1], 'SIGKILL');
    await env.serve({ [crash]: { grants: { provision: true } } });
    const { report } = await endOf(handle.result());
    assertProven(report);
    const step = report.steps.find(({ name }) => name === 'provision');
    assert.match(step?.detail ?? '', /^made User newcomer-\w+, Identity lookup-/);
  });
});
