import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createProviderChecks } from '../../activities/identity/providers.ts';
import type { IdentityCheck } from '../../src/identity/model/provider-check.ts';
import { FORBIDDEN } from '../kubernetes/environment.ts';
import type { Environment } from '../kubernetes/environment.ts';
import { ca, timeout } from './support/provider-check.ts';
import { page, site } from './support/sites.ts';
import {
  checkOf,
  FILE,
  HASH,
  IN_CONFIG,
  ISSUER,
  LOCAL,
  oauth,
  targetOf,
  textsOf,
  USERS,
} from './support/activities.ts';

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
    assert.match(textsOf(found), /^error: mallory is not known to local: no user can log in/);
  });

  test('that cannot be asked for a person say that', async (t) => {
    const gitlab = { name: 'code', type: 'GitLab' };
    const found = await checkOf(t, { ...oauth(LOCAL, gitlab), ...FILE }, { user: 'mallory' });
    assert.match(textsOf(found), /unknown: whether mallory can .* looked up at code; the first/);
  });

  test('are limited to the one that is named', async (t) => {
    const env = { ...oauth(LOCAL, { ...LOCAL, name: 'other' }), ...FILE };
    const { providers } = await checkOf(t, env, { provider: 'other' });
    assert.deepEqual(
      providers.map(({ provider }) => provider),
      ['other'],
    );
  });

  test('are named if another one is requested', async (t) => {
    await assert.rejects(checkOf(t, oauth(LOCAL), { provider: 'corp-ldap' }), {
      type: 'InvalidRequest',
      message: /provider: "corp-ldap" is not configured on this cluster; there is: local/,
    });
  });

  test('may not share a name', async (t) => {
    const found = await checkOf(t, { ...oauth(LOCAL, LOCAL), ...FILE });
    assert.match(textsOf(found), /error: two providers are called local/);
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
    const found = await createProviderChecks(target).run({ user: 'alice' }, timeout());
    assert.match(textsOf(found), /^unknown: Secret openshift-config\/users .* was not read/);
    assert.match(textsOf(found), /identity\.readSecrets/);
    assert.equal(found.providers[0]?.verdict, 'sound');
    assert.ok(!kube.lines().some((line) => line.includes('/secrets/')));
  });

  test('predict what a login will meet, if Purser may read that', async (t) => {
    const stale = {
      metadata: { name: 'local:alice' },
      providerName: 'local',
      providerUserName: 'alice',
      user: { name: 'alice', uid: 'gone' },
    };
    const env = { ...oauth(LOCAL), ...FILE };
    const asked = { user: 'alice', thoroughly: true };
    const known = { ...env, [`${USERS}/identities`]: { items: [stale] } };
    const found = await checkOf(t, known, asked);
    assert.match(textsOf(found), /error: .*left behind by a User alice that is gone/);
    assert.equal(found.providers[0]?.verdict, 'broken');
    const forbidden = await checkOf(t, { ...env, [`${USERS}/identities`]: FORBIDDEN }, asked);
    assert.match(textsOf(forbidden), /^unknown: .*Purser may not list identities/);
  });
});

suite('a name that is taken at another provider is', () => {
  const home = {
    [`${USERS}/users/alice`]: {
      metadata: { name: 'alice', uid: 'u-1' },
      identities: ['local:alice'],
    },
    [`${USERS}/identities`]: {
      items: [
        {
          metadata: { name: 'local:alice' },
          providerName: 'local',
          providerUserName: 'alice',
          user: { name: 'alice', uid: 'u-1' },
        },
      ],
    },
  };
  const other = { name: 'other', type: 'HTPasswd', htpasswd: { fileData: { name: 'others' } } };
  const file = (name: string) => ({
    [`${IN_CONFIG}/secrets/others`]: {
      data: { htpasswd: Buffer.from(`${name}:${HASH}\n`).toString('base64') },
    },
  });
  const TABLE: readonly (readonly [string, object, Environment, string])[] = [
    ['broken where that one knows the person', other, file('alice'), 'error'],
    ['a note where that one does not', other, file('bob'), 'note'],
    [
      'a warning where that cannot be told',
      { name: 'other', type: 'RequestHeader' },
      {},
      'warning',
    ],
  ];
  for (const [what, second, more, severity] of TABLE) {
    test(what, async (t) => {
      const env = { ...oauth(LOCAL, second), ...FILE, ...home, ...more };
      const { providers } = await checkOf(t, env, { user: 'alice', thoroughly: true });
      const said = providers[1]?.findings.find(({ text }) => text.includes('mapping_claim_error'));
      assert.equal(said?.severity, severity);
      assert.match(said.advice ?? '', /oc create useridentitymapping other:alice alice/);
    });
  }
});

suite("the command that would join a person's login to their User", () => {
  const dana = {
    [`${USERS}/users/dana`]: { metadata: { name: 'dana', uid: 'u-1' }, identities: ['local:dana'] },
    [`${USERS}/identities`]: { items: [] },
  };
  for (const [type, id] of [
    ['GitLab', /; ID is the number of their account$/],
    ['LDAP', /; ID is the base64url of their entry's id attribute/],
    ['OpenID', /; ID is the claim sub$/],
    ['Keystone', /; ID is Keystone's id of the user$/],
  ] as const) {
    test(`does not guess what a provider of type ${type} calls them`, async (t) => {
      const env = { ...oauth({ name: 'other', type }), ...dana };
      const { providers } = await checkOf(t, env, { user: 'dana', thoroughly: true });
      const advice = providers[0]?.findings.find(({ text }) =>
        text.includes('claim_error'),
      )?.advice;
      assert.match(advice ?? '', /oc create useridentitymapping other:ID dana;/);
      assert.match(advice ?? '', id);
    });
  }
});

suite('a name that no User can have', () => {
  const asked = { user: 'CORP/alice', thoroughly: true };
  const corp = {
    [`${IN_CONFIG}/secrets/users`]: {
      data: { htpasswd: Buffer.from(`CORP/alice:${HASH}\na%b:${HASH}\n`).toString('base64') },
    },
  };
  const env = { ...oauth(LOCAL), ...corp, [`${USERS}/identities`]: { items: [] } };

  test("gets a finding with the name that OpenShift's OAuth server stores", async (t) => {
    const found = await checkOf(t, env, asked);
    assert.match(
      textsOf(found),
      /^note: a person whom a provider calls CORP\/alice, .* User b64:Q09SUC9hbGljZQ: .*; bring b64:Q09SUC9hbGljZQ on board$/m,
    );
    assert.equal(found.providers[0]?.verdict, 'sound');
  });

  test('is predicted by that one', async (t) => {
    const coded = 'b64:Q09SUC9hbGljZQ';
    const at = `${USERS}/users/${encodeURIComponent(coded)}`;
    const taken = { metadata: { name: coded, uid: 'u-1' }, identities: ['other:4711'] };
    const found = await checkOf(t, { ...env, [at]: taken }, asked);
    assert.match(
      textsOf(found),
      /mapping_claim_error\): the User b64:Q09SUC9hbGljZQ belongs to other:4711/,
    );
    assert.match(textsOf(found), /oc create identity local:b64:Q09SUC9hbGljZQ;/);
  });

  test('is refused by Keystone, whose User is the typed name', async (t) => {
    const found = await checkOf(t, { ...env, ...oauth({ name: 'ks', type: 'Keystone' }) }, asked);
    assert.match(
      textsOf(found),
      /^warning: a login as CORP\/alice through ks \(Keystone\) is refused: .*"\/"/m,
    );
    assert.doesNotMatch(textsOf(found), /b64/);
  });

  test('and that OpenShift does not write otherwise, belongs to no User', async (t) => {
    const found = await checkOf(t, env, { ...asked, user: 'a%b' });
    assert.match(
      textsOf(found),
      /^warning: a person whom a provider calls a%b cannot log in: .*"%"; they need another/m,
    );
  });

  test('is what it is with an external issuer', async (t) => {
    const found = await checkOf(t, ISSUER, asked);
    assert.equal(found.clusterName, 'https://issuer.invalid#CORP/alice');
    assert.doesNotMatch(textsOf(found), /b64/);
  });
});

suite('the result of checking a provider', () => {
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
        (asked) => checks.run(asked, timeout()),
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

  test('is made again for troubleshooting', (t) =>
    withBasic(t, async (run, asked) => {
      await run({});
      await run({ thoroughly: true });
      assert.equal(asked(), 2);
    }));

  test('is not shared if the cluster could not be read', async (t) => {
    const { target } = await targetOf(t, {
      ...oauth(LOCAL),
      [`${IN_CONFIG}/secrets/users`]: { status: 500, body: {} },
    });
    const checks = createProviderChecks(target);
    await assert.rejects(checks.run({}, timeout()), { failureCause: 'server-error' });
    await assert.rejects(checks.run({}, timeout()), { failureCause: 'server-error' });
  });
});
