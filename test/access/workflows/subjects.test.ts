import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFinding } from '../../../src/domain/finding.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createLoginActivities } from '../../../activities/access/people/logins.ts';
import { createSubjectActivities } from '../../../activities/access/people/subjects.ts';
import type { FoundSubject } from '../../../activities/access/people/subjects.ts';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../../../src/health/model/probe.ts';
import type { Target } from '../../../activities/target.ts';
import { cluster, FORBIDDEN } from '../../kubernetes/environment.ts';
import type { Environment } from '../../kubernetes/environment.ts';
import { refusal } from '../../kubernetes/kube-server.ts';
import { EXECUTIONS } from '../../support/executions.ts';

const USERS = '/apis/user.openshift.io/v1';
const PROVIDERS = { spec: { identityProviders: [{ name: 'local', type: 'HTPasswd' }] } };
const WITH_USERS: Environment = {
  '/apis': { groups: [{ name: 'user.openshift.io' }] },
  [`${USERS}/groups`]: { items: [] },
  [`${USERS}/identities`]: { items: [] },
  '/apis/config.openshift.io/v1/oauths/cluster': PROVIDERS,
};
const dana = { kind: 'User', name: 'dana' } as const;
function user(identities: readonly string[]) {
  return {
    [`${USERS}/users/dana`]: { metadata: { name: 'dana', uid: 'u-1' }, identities },
  };
}

async function targetOf(t: Parameters<typeof cluster>[0], env: Environment): Promise<Target> {
  return {
    name: 'prod',
    cluster: (await cluster(t, env)).cluster,
    executions: EXECUTIONS,
    roles: 'product',
    policy: { accesses: ['pull'], protectedNamespaces: [] },
    grant: 'before-login',
    mayProvision: false,
    readSecrets: false,
    registry: { reach: 'auto' },
    patience: 900_000,
    proof: { mintTokens: false, serviceAccountTokens: [], canary: false },
    health: { probe: DEFAULT_PROBE, rules: DEFAULT_RULES },
    logNamespaces: [],
    at: () => {},
  };
}

async function find(t: Parameters<typeof cluster>[0], env: Environment) {
  const subjects = createSubjectActivities(await targetOf(t, env));
  let found: FoundSubject | undefined;
  await new MockActivityEnvironment().run(async () => {
    found = await subjects.findSubject({ subject: dana, accesses: [], isAwaited: true });
  });
  assert.ok(found);
  return found;
}

test('with an external issuer, or on plain Kubernetes, there is no login to wait for', async (t) => {
  const { login, facts } = await find(t, { '/apis': { groups: [{ name: 'apps' }] } });
  assert.equal(login.is, 'not-applicable');
  assert.match('why' in login ? login.why : '', /keeps no User objects \(an external OIDC issuer/);
  assert.equal(facts.exists, true);
});

test('a first login is ahead as long as there is no identity, and knows what to compare with', async (t) => {
  const ahead = { is: 'ahead', grant: 'before-login', providers: ['local'] };
  assert.deepEqual((await find(t, WITH_USERS)).login, ahead);
  assert.deepEqual((await find(t, { ...WITH_USERS, ...user([]) })).login, ahead);
});

test('a first login is behind if the User has an identity', async (t) => {
  const { login, facts } = await find(t, { ...WITH_USERS, ...user(['local:dana']) });
  assert.deepEqual(login, { is: 'behind', through: ['local'] });
  assert.equal(facts.uid, 'u-1');
});

test('an onboarding goes on without the right to forecast logins, and says so', async (t) => {
  const env = { ...WITH_USERS, [`${USERS}/identities`]: FORBIDDEN };
  assert.match(
    (await find(t, env)).findings.map(describeFinding).join(),
    /could not check whether a login will succeed: it may not list identities/,
  );
});

async function awaitLogin(t: Parameters<typeof cluster>[0], env: Environment) {
  const logins = createLoginActivities(await targetOf(t, env));
  const sought = { user: 'dana', providers: ['local'] };
  await new MockActivityEnvironment().run(() => logins.awaitLogin(sought));
}

test('a check that finds no login is retried, and is no failure', async (t) => {
  await assert.rejects(awaitLogin(t, WITH_USERS), {
    type: 'NotLoggedIn',
    nonRetryable: false,
    category: 'BENIGN',
  });
});

for (const status of [401, 403, 500]) {
  test(`a check that the cluster answers with ${status} does not end the wait: it is retried`, async (t) => {
    const env = { ...WITH_USERS, [`${USERS}/users/dana`]: refusal(status, 'No', 'no') };
    await assert.rejects(awaitLogin(t, env), { type: 'ServerError', nonRetryable: false });
  });
}

test('a login through an unexpected provider is a permanent failure', async (t) => {
  await assert.rejects(awaitLogin(t, { ...WITH_USERS, ...user(['corp:dana']) }), {
    type: 'WrongProvider',
    nonRetryable: true,
    message: /through the provider corp, and local was expected/,
  });
});
