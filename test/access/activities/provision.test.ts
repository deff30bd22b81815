import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Finding } from '../../../src/domain/finding.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createProvisionActivities } from '../../../activities/access/people/provision.ts';
import type { ProvisionInput } from '../../../src/access/model/inputs.ts';
import { startKube, refusal } from '../../kubernetes/kube-server.ts';
import type { Asked } from '../../kubernetes/kube-server.ts';
import { start } from '../../identity/support/directory.ts';
import { ca } from '../../identity/support/provider-check.ts';
import { ADMIN, BASE } from '../../identity/support/slapd.ts';
import { IN_CONFIG, oauth, targetOf, USERS } from '../../identity/support/activities.ts';

const slapd = await start({ pair: await ca.leaf(['127.0.0.1']) });

/** An LDAP provider of that directory. Its ids are no text that anybody logs in with. */
function ldap(more: object = {}) {
  return {
    name: 'corp',
    type: 'LDAP',
    mappingMethod: 'lookup',
    ldap: {
      url: `ldaps://127.0.0.1:${slapd.tls}/ou=people,${BASE}?uid`,
      ca: { name: 'ca' },
      attributes: { id: ['uid'] },
      ...more,
    },
  };
}
const ACCOUNT = { bindDN: ADMIN.dn, bindPassword: { name: 'bind' } };
function of(type: string) {
  return { name: 'corp', type, mappingMethod: 'lookup' };
}
function coded(text: string) {
  return Buffer.from(text).toString('base64url');
}

interface Made {
  readonly identities: readonly { readonly name: string; readonly providerUserName: string }[];
  readonly findings: readonly Finding[];
}

/** Makes the login on a cluster where nothing is there yet; resolves to what was posted. */
async function provision(
  t: TestContext,
  provider: object,
  input: ProvisionInput,
  readSecrets = true,
): Promise<Made> {
  const config: Readonly<Record<string, unknown>> = {
    ...oauth(provider),
    [`${IN_CONFIG}/configmaps/ca`]: { data: { 'ca.crt': ca.cert } },
    [`${IN_CONFIG}/secrets/bind`]: {
      data: { bindPassword: Buffer.from(ADMIN.password).toString('base64') },
    },
  };
  const kube = await startKube(t, ({ method, path, body }) => {
    if (method === 'POST') return { status: 201, body: withUid(body) };
    const found = config[path];
    return found === undefined ? refusal(404, 'NotFound', 'no') : { status: 200, body: found };
  });
  const { target } = await targetOf(t, {}, { mayProvision: true, readSecrets });
  const activities = createProvisionActivities({ ...target, cluster: await kube.cluster() });
  const findings: Finding[] = [];
  try {
    await new MockActivityEnvironment().run(async () => {
      findings.push(...(await activities.provisionUser(input)).findings);
    });
  } finally {
    const posted = kube.asked.filter(({ method }) => method === 'POST').length;
    if (findings.length === 0) assert.equal(posted, 0, 'something was made');
  }
  return { identities: identitiesIn(kube.asked), findings };
}

function withUid(body: unknown): unknown {
  const object = body as { readonly metadata: object };
  return { ...object, metadata: { ...object.metadata, uid: 'u-1' } };
}

function identitiesIn(asked: readonly Asked[]): Made['identities'] {
  return asked
    .filter(({ method, path }) => method === 'POST' && path === `${USERS}/identities`)
    .map(({ body }) => {
      const { metadata, providerUserName } = body as {
        readonly metadata: { readonly name: string };
        readonly providerUserName: string;
      };
      return { name: metadata.name, providerUserName };
    });
}

suite('at a directory, the Identity that is made is the one of the login:', () => {
  for (const [how, more] of [
    ['anonymously', {}],
    ["by the provider's account", ACCOUNT],
  ] as const) {
    test(`it is looked up ${how}`, async (t) => {
      const { identities } = await provision(t, ldap(more), { user: 'alice' });
      const providerUserName = coded('alice');
      assert.deepEqual(identities, [{ name: `corp:${providerUserName}`, providerUserName }]);
    });
  }

  const REFUSED: readonly (readonly [string, object, ProvisionInput, string, RegExp])[] = [
    ['who is not there', ldap(), { user: 'mallory' }, 'SubjectNotFound', /not known to corp/],
    [
      'who is two entries',
      ldap({ url: `ldaps://127.0.0.1:${slapd.tls}/ou=people,${BASE}?mail` }),
      { user: 'shared@corp.test' },
      'NotConfigured',
      /^corp: shared@corp\.test is more than one entry/,
    ],
    [
      'who has none of its ids',
      ldap({ attributes: { id: ['mail'] } }),
      { user: 'dora' },
      'NotConfigured',
      /has none of the attributes mail/,
    ],
    [
      'while it cannot be reached',
      ldap({ url: 'ldaps://127.0.0.1:1/dc=x?uid' }),
      { user: 'alice' },
      'InvalidRequest',
      /needs --provider-user: .* could not be asked \(`purser identity check --provider corp`/,
    ],
    [
      'named by what stands in the directory',
      ldap(),
      { user: 'alice', providerUser: `cn=alice,${BASE}` },
      'InvalidRequest',
      new RegExp(
        `id attribute\\)?.*; if "cn=alice.*" is the value .*, write ${coded(`cn=alice,${BASE}`)}`,
      ),
    ],
    [
      "named by somebody else's name in base64",
      ldap(),
      { user: 'alice', providerUser: coded('dora') },
      'InvalidRequest',
      /"ZG9yYQ" is not the name that OpenShift uses for alice .*That is YWxpY2U: leave/,
    ],
    [
      'named by a login name that could be base64',
      ldap(),
      { user: 'dora', providerUser: 'dora' },
      'InvalidRequest',
      /"dora" is not the name that OpenShift uses for dora/,
    ],
    [
      'named by what no base64 comes to',
      ldap({ url: 'ldaps://127.0.0.1:1/dc=x?uid' }),
      { user: 'h', providerUser: 'h' },
      'InvalidRequest',
      /if "h" is the value of that attribute, write aA$/,
    ],
  ];
  for (const [who, provider, input, type, message] of REFUSED) {
    test(`none is made for a person ${who}`, async (t) => {
      await assert.rejects(provision(t, provider, input), { type, message });
    });
  }

  test('none is made if Purser may not read the password for the directory', async (t) => {
    await assert.rejects(provision(t, ldap(ACCOUNT), { user: 'alice' }, false), {
      type: 'InvalidRequest',
      message: /needs --provider-user: .*base64url.*\(identity\.readSecrets of the target/,
    });
  });

  test('--provider-user is accepted if it is the name in the directory', async (t) => {
    const input = { user: 'alice', providerUser: coded('alice') };
    const { identities, findings } = await provision(t, ldap(), input);
    assert.equal(identities[0]?.name, `corp:${coded('alice')}`);
    assert.equal(findings.length, 1);
  });

  test('--provider-user is accepted with a warning if the directory cannot be asked', async (t) => {
    const provider = ldap({ url: 'ldaps://127.0.0.1:1/dc=x?uid' });
    const input = { user: 'alice', providerUser: coded('alice') };
    const { identities, findings } = await provision(t, provider, input);
    assert.equal(identities[0]?.name, `corp:${coded('alice')}`);
    assert.match(JSON.stringify(findings), /could not ask .* names alice at corp \(LDAP\) by/);
  });
});

suite('what only the provider knows is not guessed:', () => {
  for (const [type, id] of [
    ['OpenID', /the claim sub/],
    ['Google', /the claim sub/],
    ['GitLab', /the number of their account/],
    ['GitHub', /the number of their account/],
    ['Keystone', /Keystone's id of the user/],
  ] as const) {
    test(`${type} needs --provider-user`, async (t) => {
      await assert.rejects(provision(t, of(type), { user: 'hans' }), {
        type: 'InvalidRequest',
        message: new RegExp(
          `--provision at corp \\(${type}\\) needs --provider-user.*${id.source}`,
        ),
      });
      const named = await provision(t, of(type), { user: 'hans', providerUser: '4711' });
      assert.deepEqual(named.identities, [{ name: 'corp:4711', providerUserName: '4711' }]);
    });
  }
});

for (const type of ['GitHub', 'GitLab']) {
  for (const providerUser of ['octocat', '0', '04711', '4711 ', '-1', '1e3', '9'.repeat(20)]) {
    test(`${type} has no person named ${JSON.stringify(providerUser)}`, async (t) => {
      await assert.rejects(provision(t, of(type), { user: 'hans', providerUser }), {
        type: 'InvalidRequest',
        message: /--provider-user: .*(number of their account.* is none|blanks around it)/,
      });
    });
  }
}

suite('people are called by the name that they log in with at', () => {
  for (const [type, doubt] of [
    ['HTPasswd', undefined],
    ['RequestHeader', /what its proxy sends in `headers`\. Purser assumed that it is hans/],
    ['BasicAuth', /the sub that its server answers with\. Purser assumed that it is hans/],
  ] as const) {
    test(`${type}${doubt === undefined ? '' : ', unless told otherwise, which is said'}`, async (t) => {
      const { identities, findings } = await provision(t, of(type), { user: 'hans' });
      assert.deepEqual(identities, [{ name: 'corp:hans', providerUserName: 'hans' }]);
      if (doubt === undefined) assert.equal(findings.length, 1);
      else assert.match(JSON.stringify(findings), doubt);
    });
  }

  test('HTPasswd, in base64 as OpenShift writes it if the name needs that', async (t) => {
    const input = { user: 'alice', providerUser: 'CORP/alice' };
    const { identities } = await provision(t, of('HTPasswd'), input);
    const providerUserName = 'b64:Q09SUC9hbGljZQ';
    assert.deepEqual(identities, [{ name: `corp:${providerUserName}`, providerUserName }]);
    const again = await provision(t, of('HTPasswd'), { user: providerUserName });
    assert.deepEqual(again.identities, identities);
  });
});

test('no User is made for a person whose name no Identity can have', async (t) => {
  const input = { user: 'hans', providerUser: 'a:?' };
  await assert.rejects(provision(t, of('OpenID'), input), {
    type: 'InvalidRequest',
    message: /^no Identity can be called corp:b64:YTo\/, .* a login of a:\? through corp/,
  });
});

for (const user of ['CORP/alice', 'sa/ci:builder', 'a%b']) {
  test(`no login is made for ${user}, a name that no User can have`, async (t) => {
    await assert.rejects(provision(t, of('HTPasswd'), { user }), {
      type: 'SubjectNotFound',
      message: /no login is possible under that name/,
    });
  });
}

suite('an Identity that this run made', () => {
  const own = (name: string, run: string) => ({
    metadata: { name, uid: `u-${name}`, annotations: { 'purser.dev/made-by': run } },
    providerName: 'corp',
    providerUserName: name.slice('corp:'.length),
  });
  const mine = own(`corp:${coded('alice')}`, 'onboard/prod/User/alice/run-1');

  async function undo(t: TestContext, identity: object) {
    const kube = await startKube(t, ({ method, path, query }) => {
      if (method === 'DELETE') return { status: 200, body: {} };
      if (path !== `${USERS}/identities`) return refusal(404, 'NotFound', 'no');
      const isOwn = query['labelSelector'] === 'purser.dev/managed=login';
      const items = isOwn ? [identity, own('corp:other', 'another')] : [];
      return { status: 200, body: { items } };
    });
    const { target } = await targetOf(t, {});
    const activities = createProvisionActivities({ ...target, cluster: await kube.cluster() });
    const undone: unknown = await new MockActivityEnvironment().run(() =>
      activities.undoProvisioning({ user: 'alice', provider: 'corp' }),
    );
    return { undone, deleted: kube.lines().filter((line) => line.startsWith('DELETE')) };
  }

  test('is deleted, although it never led to the User', async (t) => {
    const { undone, deleted } = await undo(t, mine);
    const removed = [`Identity ${mine.metadata.name}`];
    assert.deepEqual(undone, { removed, kept: [], attempt: 1 });
    assert.deepEqual(deleted, [`DELETE ${USERS}/identities/corp%3A${coded('alice')}`]);
  });

  test('stays if it leads to another User since, and the report says so', async (t) => {
    const { undone, deleted } = await undo(t, { ...mine, user: { name: 'boss', uid: 'u-2' } });
    const why = 'not ours any more: it leads to the User boss';
    const kept = [{ what: `Identity ${mine.metadata.name}`, why }];
    assert.deepEqual(undone, { removed: [], kept, attempt: 1 });
    assert.deepEqual(deleted, []);
  });
});
