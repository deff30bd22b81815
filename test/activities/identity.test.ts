import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createIdentityActivities } from '../../activities/identity.ts';
import { createProviderChecks } from '../../activities/identity/providers.ts';
import { createSubjectActivities } from '../../activities/subjects.ts';
import type { Target } from '../../activities/target.ts';
import type { IdentityCheck } from '../../src/domain/login/provider-check.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { cluster, FORBIDDEN } from '../cluster/world.ts';
import type { World } from '../cluster/world.ts';
import { page, site } from '../identity/support/sites.ts';
import { ca, patience } from '../identity/support/judge.ts';

const CONFIG = '/apis/config.openshift.io/v1';
const USERS = '/apis/user.openshift.io/v1';
const IN_CONFIG = '/api/v1/namespaces/openshift-config';
const ALICE: Subject = { kind: 'User', name: 'alice' };

const oauth = (...identityProviders: readonly object[]): World => ({
  [`${CONFIG}/oauths/cluster`]: { spec: { identityProviders } },
});
const authentication = (spec: object): World => ({
  [`${CONFIG}/authentications/cluster`]: { spec },
});
const LOCAL = { name: 'local', type: 'HTPasswd', htpasswd: { fileData: { name: 'users' } } };
const HASH = '$2y$05$uq0wTSzbqTmmLZKZT4xB4eGkMYmBEvlNeEBLfJLFg1VpQ4Xkq3FpW';
const FILE: World = {
  [`${IN_CONFIG}/secrets/users`]: {
    data: { htpasswd: Buffer.from(`alice:${HASH}\n`).toString('base64') },
  },
};
const ISSUER: World = {
  ...authentication({
    type: 'OIDC',
    oidcProviders: [
      {
        name: 'corp',
        issuer: { issuerURL: 'https://issuer.invalid', audiences: ['openshift'] },
        claimMappings: { username: { claim: 'sub' }, groups: { claim: 'groups', prefix: 'corp:' } },
      },
    ],
  }),
  '/apis': { groups: [{ name: 'apps' }] },
};

async function targetOf(t: TestContext, world: World, more: Partial<Target> = {}) {
  const { kube, cluster: at } = await cluster(t, world);
  const target: Target = {
    name: 'prod',
    cluster: at,
    roles: 'product',
    policy: { accesses: ['pull'], protectedNamespaces: [] },
    grant: 'after-login',
    mayProvision: false,
    readSecrets: true,
    registry: { reach: 'auto' },
    proof: { mintTokens: false, serviceAccountTokens: [], canary: false },
    at: () => {},
    ...more,
  };
  return { kube, target };
}

async function checkOf(t: TestContext, world: World, asked = {}, more: Partial<Target> = {}) {
  const { target } = await targetOf(t, world, more);
  return createProviderChecks(target).run(asked, patience());
}

const textsOf = ({ providers, findings }: IdentityCheck): string =>
  [...providers.flatMap((each) => each.findings), ...findings]
    .map(({ weight, text, mend }) => `${weight}: ${text}; ${mend}`)
    .join('\n');

suite('the providers of a target', () => {
  test('are all checked, and a person is looked up', async (t) => {
    const found = await checkOf(t, { ...oauth(LOCAL), ...FILE }, { user: 'alice' });
    assert.deepEqual(found, {
      target: 'prod',
      kind: 'oauth',
      providers: [
        {
          provider: 'local',
          type: 'HTPasswd',
          verdict: 'sound',
          findings: [],
          seen: ['1 users in its file', 'alice is in its file'],
        },
      ],
      findings: [],
    });
  });

  test('that do not know a person say so', async (t) => {
    const found = await checkOf(t, { ...oauth(LOCAL), ...FILE }, { user: 'mallory' });
    assert.match(textsOf(found), /^broken: mallory is not known to local: nobody can log in/);
  });

  test('that cannot be asked for a person say that', async (t) => {
    const gitlab = { name: 'code', type: 'GitLab' };
    const found = await checkOf(t, { ...oauth(LOCAL, gitlab), ...FILE }, { user: 'mallory' });
    assert.match(textsOf(found), /unchecked: whether mallory can .* looked up at code; the first/);
  });

  test('are narrowed to the one that is named', async (t) => {
    const world = { ...oauth(LOCAL, { ...LOCAL, name: 'other' }), ...FILE };
    const { providers } = await checkOf(t, world, { provider: 'other' });
    assert.deepEqual(
      providers.map(({ provider }) => provider),
      ['other'],
    );
  });

  test('are named where another one is asked for', async (t) => {
    await assert.rejects(checkOf(t, oauth(LOCAL), { provider: 'corp-ldap' }), {
      type: 'InvalidRequest',
      message: /provider: "corp-ldap" is not configured on this cluster; there is: local/,
    });
  });

  test('may not share a name', async (t) => {
    const found = await checkOf(t, { ...oauth(LOCAL, LOCAL), ...FILE });
    assert.match(textsOf(found), /broken: two providers are called local/);
    assert.deepEqual(
      found.providers.map(({ verdict }) => verdict),
      ['broken', 'broken'],
    );
  });

  test('have no secret read without the setting, which is named', async (t) => {
    const { kube, target } = await targetOf(
      t,
      { ...oauth(LOCAL), ...FILE },
      { readSecrets: false },
    );
    const found = await createProviderChecks(target).run({ user: 'alice' }, patience());
    assert.match(textsOf(found), /^unchecked: Secret openshift-config\/users .* was not read/);
    assert.match(textsOf(found), /identity\.readSecrets/);
    assert.equal(found.providers[0]?.verdict, 'sound');
    assert.ok(!kube.lines().some((line) => line.includes('/secrets/')));
  });

  test('are foretold what a login will meet, where that may be read', async (t) => {
    const stale = {
      metadata: { name: 'local:alice' },
      providerName: 'local',
      providerUserName: 'alice',
      user: { name: 'alice', uid: 'gone' },
    };
    const world = { ...oauth(LOCAL), ...FILE };
    const asked = { user: 'alice', thoroughly: true };
    const known = { ...world, [`${USERS}/identities`]: { items: [stale] } };
    const found = await checkOf(t, known, asked);
    assert.match(textsOf(found), /broken: .*left behind by a User alice that is gone/);
    assert.equal(found.providers[0]?.verdict, 'broken');
    const forbidden = await checkOf(t, { ...world, [`${USERS}/identities`]: FORBIDDEN }, asked);
    assert.match(textsOf(forbidden), /^unchecked: .*Purser may not list identities/);
  });
});

suite('what is found out about a provider', () => {
  async function withBasic(
    t: TestContext,
    act: (run: (asked: object) => Promise<IdentityCheck>, asked: () => number) => Promise<void>,
  ): Promise<void> {
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="corp"' } };
    const server = await site('127.0.0.1', { '/auth': challenge, '/other': page({}, 404) });
    const url = `https://127.0.0.1:${server.port}/auth`;
    const basic = { name: 'basic', type: 'BasicAuth', basicAuth: { url, ca: { name: 'ca' } } };
    const map = { [`${IN_CONFIG}/configmaps/ca`]: { data: { 'ca.crt': ca.cert } } };
    try {
      const { target } = await targetOf(t, { ...oauth(basic), ...map });
      const checks = createProviderChecks(target);
      await act(
        (asked) => checks.run(asked, patience()),
        () => server.seen.length,
      );
    } finally {
      await server.close();
    }
  }

  test('is shared by a batch of onboardings', (t) =>
    withBasic(t, async (run, asked) => {
      const people = Array.from({ length: 20 }, (_, index) => ({ user: `person-${index}` }));
      const all = await Promise.all(people.map(run));
      assert.ok(all.every(({ providers }) => providers[0]?.verdict === 'sound'));
      assert.equal(asked(), 1);
      await run({});
      assert.equal(asked(), 1);
    }));

  test('is asked anew by whoever looks for a fault', (t) =>
    withBasic(t, async (run, asked) => {
      await run({});
      await run({ thoroughly: true });
      assert.equal(asked(), 2);
    }));

  test('is not shared where the cluster could not be read', async (t) => {
    const { target } = await targetOf(t, {
      ...oauth(LOCAL),
      [`${IN_CONFIG}/secrets/users`]: { status: 500, body: {} },
    });
    const checks = createProviderChecks(target);
    await assert.rejects(checks.run({}, patience()), { why: 'server-error' });
    await assert.rejects(checks.run({}, patience()), { why: 'server-error' });
  });
});

/** Runs an activity as a worker does. */
async function inWorker<T>(act: () => Promise<T>): Promise<T> {
  const result: unknown = await new MockActivityEnvironment().run(act);
  return result as T;
}

async function onboardingStep(t: TestContext, world: World, subject: Subject = ALICE) {
  const { target } = await targetOf(t, world);
  const activities = createIdentityActivities(target);
  return inWorker(() => activities.checkIdentityProvider({ subject }));
}

suite('an onboarding', () => {
  test('goes on with a finding where one of the providers is broken', async (t) => {
    const world = { ...oauth(LOCAL, { name: 'corp', type: 'LDAP' }), ...FILE };
    const { step, findings } = await onboardingStep(t, world);
    assert.equal(step.outcome, 'passed');
    assert.equal(step.detail, 'local (HTPasswd), corp (LDAP, broken)');
    assert.ok(
      findings.includes(
        'provider corp (LDAP): ldap.url is not set; set it (oc edit oauth cluster)',
      ),
    );
  });

  test('is not told what is merely worth knowing', async (t) => {
    const gitlab = { name: 'code', type: 'GitLab', gitlab: { url: 'https://gitlab.invalid' } };
    const { findings } = await onboardingStep(t, oauth(gitlab));
    assert.ok(!findings.some((each) => each.includes('every account')));
  });

  const NOBODY: readonly (readonly [string, World, RegExp])[] = [
    ['no provider', oauth(), /nobody but kubeadmin/],
    ['authentication of type None', authentication({ type: 'None' }), /type None/],
    ['no external issuer', authentication({ type: 'OIDC' }), /spec\.oidcProviders/],
  ];
  for (const [what, world, message] of NOBODY) {
    test(`ends where there is ${what}`, async (t) => {
      await assert.rejects(onboardingStep(t, world), {
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
    assert.match(findings.join(), /serves no config\.openshift\.io/);
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
      const says = found.findings.some((each) =>
        each.includes(`as ${subject.kind === 'Group' ? 'Group/' : ''}${name}`),
      );
      assert.equal(says, subject.name !== name);
    });
  }
});
