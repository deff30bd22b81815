import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { login } from '../../sandbox/login.ts';
import {
  createGroup,
  createNamespace,
  createUser,
  fresh,
  logIn,
  make,
  newcomer,
} from './support/fixtures.ts';
import { setProviders } from './support/providers.ts';
import { onboard, openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

const USERS = '/apis/user.openshift.io/v1';

describe('an onboarding says whether a login will succeed', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
    await env.serve({ 'by-name': { grant: 'before-login' } });
  });
  after(() => env.close());

  const findingsFor = async (subject: Parameters<typeof onboard>[1]['subject']) => {
    const namespace = await createNamespace(env);
    const accesses = [`pull:${namespace}`];
    const isPerson = subject.kind === 'User';
    // Whoever has not logged in is granted nothing unless that is asked for.
    const byName = isPerson ? { target: 'by-name', beforeLogin: true } : {};
    const { report } = await onboard(env, { subject, accesses, ...byName });
    return report;
  };

  test('also if it then refuses to grant to a mere name', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    await logIn(env, subject.name);
    await env.admin.send('DELETE', `${USERS}/users/${subject.name}`);
    const { report, failure } = await onboard(env, {
      subject,
      accesses: [`pull:${namespace}`],
    });
    assert.equal(failure, 'SubjectNotFound');
    assert.match(report.failure?.message ?? '', /: oc delete identity local:newcomer-/);
  });

  test('an Identity that a deleted User left behind, which breaks it', async () => {
    const subject = newcomer();
    await logIn(env, subject.name);
    await env.admin.send('DELETE', `${USERS}/users/${subject.name}`);
    await assert.rejects(logIn(env, subject.name), { code: 'authentication_error' });
    const { findings } = await findingsFor(subject);
    const [, command] =
      /left behind.*: (oc delete identity \S+)/.exec(findings.map(describeFinding).join('\n')) ??
      [];
    assert.equal(command, `oc delete identity local:${subject.name}`);
    await env.admin.send('DELETE', `${USERS}/identities/local:${subject.name}`);
    await logIn(env, subject.name);
    assert.doesNotMatch(
      (await findingsFor(subject)).findings.map(describeFinding).join(),
      /refused|left behind/,
    );
  });

  test('that the name belongs to a person of another provider', async () => {
    const subject = newcomer();
    await logIn(env, subject.name, { name: 'corp' });
    await assert.rejects(logIn(env, subject.name), { code: 'mapping_claim_error' });
    const { findings } = await findingsFor(subject);
    assert.match(
      findings.map(describeFinding).join(),
      new RegExp(
        `mapping_claim_error\\): the User ${subject.name} belongs to corp:${subject.name}`,
      ),
    );
  });

  test('and nothing if all is in order', async () => {
    const subject = newcomer();
    await logIn(env, subject.name);
    const { findings } = await findingsFor(subject);
    // Fresh names are in no file of the sandbox's provider.
    assert.deepEqual(
      findings.filter(({ text }) => !/ is not known to /.test(text)),
      [],
    );
  });

  test('that a provider which is named has not vouched for the person', async () => {
    const [subject, namespace] = [newcomer(), await createNamespace(env)];
    await logIn(env, subject.name, { name: 'corp' });
    const accesses = [`pull:${namespace}`];
    const { failure } = await onboard(env, { subject, accesses, provider: 'local' });
    assert.equal(failure, 'WrongProvider');
    const unknown = await onboard(env, { subject, accesses, provider: 'corp' });
    assert.equal(unknown.failure, 'NotConfigured');
    assert.match(unknown.report.failure?.message ?? '', /no identity provider corp: .* has local/);
  });

  const ldap = {
    'openshift.io/ldap.url': 'ldap.example.com:636',
    'openshift.io/ldap.uid': 'cn=devs,dc=example,dc=com',
    'openshift.io/ldap.sync-time': '2026-11-01T10:00:00Z',
  };
  const openid = {
    'oauth.openshift.io/generated': 'true',
    'oauth.openshift.io/idp.keycloak': 'synced',
  };
  const groups = [
    {
      annotations: {},
      says: /, 1 members$/,
      empty: /has no members, so the access has no effect until you add some/,
    },
    {
      annotations: ldap,
      says: /, 1 members, synced from LDAP ldap\.example\.com:636 \(last at 2026-11-01T10:00:00Z\)$/,
      empty: /until the sync from LDAP ldap\.example\.com:636/,
    },
    {
      annotations: openid,
      says: /, 1 members, synced from the identity provider keycloak at each login$/,
      empty: /until the sync from the identity provider keycloak/,
    },
  ];
  for (const { annotations, says, empty } of groups) {
    const kind = Object.keys(annotations)[0] ?? 'no annotation';
    test(`where a group with ${kind} has its members from, and that it has none`, async () => {
      const member = await createUser(env);
      const full = await findingsFor(await createGroup(env, [member.name], annotations));
      assert.match(full.steps.find(({ name }) => name === 'subject')?.detail ?? '', says);
      assert.doesNotMatch(full.findings.map(describeFinding).join(), /has no members/);
      const none = await findingsFor(await createGroup(env, [], annotations));
      assert.match(none.findings.map(describeFinding).join(), /has no members/);
      assert.match(none.findings.map(describeFinding).join(), empty);
    });
  }
});

describe('a login in the sandbox', () => {
  let env: Environment;
  before(async () => {
    env = await openEnvironment();
  });
  after(() => env.close());

  const identities = async (user: string) =>
    (await env.admin.get(`${USERS}/users/${user}`))?.['identities'];
  const provider = (mappingMethod: string) => ({ name: fresh(mappingMethod), mappingMethod });

  test('by claim takes a User without an identity, and no other', async () => {
    const { name } = await createUser(env);
    const claim = provider('claim');
    await logIn(env, name, claim);
    assert.deepEqual(await identities(name), [`${claim.name}:${name}`]);
    await assert.rejects(logIn(env, name, provider('claim')), {
      code: 'mapping_claim_error',
      message: new RegExp(`is already mapped to ${claim.name}:${name}`),
    });
  });

  test('by add joins the User that is there', async () => {
    const { name } = newcomer();
    const [one, other] = [provider('claim'), provider('add')];
    await logIn(env, name, one);
    await logIn(env, name, other);
    assert.deepEqual(await identities(name), [`${other.name}:${name}`, `${one.name}:${name}`]);
  });

  test('by generate makes another User if the name is taken, and finds it again', async () => {
    const { name } = newcomer();
    const generate = provider('generate');
    await logIn(env, name, provider('claim'));
    await logIn(env, name, generate);
    await logIn(env, name, generate);
    assert.deepEqual(await identities(`${name}2`), [`${generate.name}:${name}`]);
    assert.equal(await identities(`${name}3`), undefined);
  });

  test('by lookup is refused until User, Identity and mapping are there', async () => {
    const { name } = await createUser(env);
    const lookup = provider('lookup');
    const refused = { code: 'mapping_lookup_error' };
    await assert.rejects(logIn(env, name, lookup), refused);
    const identity = `${lookup.name}:${name}`;
    await make(env, `${USERS}/identities`, {
      metadata: { name: identity },
      providerName: lookup.name,
      providerUserName: name,
    });
    await assert.rejects(logIn(env, name, lookup), refused);
    await make(env, `${USERS}/useridentitymappings`, {
      metadata: { name: identity },
      identity: { name: identity },
      user: { name },
    });
    await logIn(env, name, lookup);
  });

  test('goes through the named provider, if the cluster has several', async () => {
    const add = provider('add');
    const putBack = await setProviders(env, [add]);
    try {
      await assert.rejects(
        login(env.info, 'bob'),
        new RegExp(`providers: local, ${add.name}; name one with --provider`),
      );
      await assert.rejects(login(env.info, 'bob', { provider: 'corp' }), /there is no corp/);
      await login(env.info, 'bob', { provider: 'local' });
      await assert.rejects(login(env.info, fresh('nobody'), { provider: add.name }), /knows alice/);
    } finally {
      await putBack();
    }
    await login(env.info, 'bob');
  });
});
