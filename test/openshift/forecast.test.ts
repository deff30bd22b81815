import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { describeFinding } from '../../src/domain/finding.ts';
import { identityName } from '../../src/openshift/users/accounts.ts';
import { forecastLogins, findingOfForecast } from '../../src/openshift/users/forecast.ts';
import type { LoginForecast, LoginProvider } from '../../src/openshift/users/forecast.ts';
import { clusterOf } from '../kubernetes/forecast-world.ts';
import type { Account, Known } from '../kubernetes/forecast-world.ts';

const HERS: Account = { uid: 'u-1', identities: ['local:dana'] };
function local(mappingMethod?: string): LoginProvider {
  return { name: 'local', mappingMethod };
}

/** The method, what is there, what a login of dana through `local` meets, and what is said of it. */
const LOGINS: readonly (readonly [
  string,
  LoginProvider,
  Known,
  Omit<LoginForecast, 'provider' | 'finding' | 'mend'>,
  RegExp | undefined,
])[] = [
  ['nobody knows', local('claim'), {}, { meets: 'first' }, undefined],
  ['nobody knows, by the default method', local(), {}, { meets: 'first' }, undefined],
  ['nobody knows', local('add'), {}, { meets: 'first' }, undefined],
  ['nobody knows', local('generate'), {}, { meets: 'first' }, undefined],
  [
    'nobody knows',
    local('lookup'),
    {},
    { meets: 'refused', code: 'mapping_lookup_error' },
    /oc create user dana; oc create identity local:dana; oc create useridentitymapping local:dana dana; or purser onboard dana --provision --provider local$/,
  ],
  [
    'a User waits for without an identity',
    local('lookup'),
    { user: { uid: 'u-1', identities: [] } },
    { meets: 'refused', code: 'mapping_lookup_error' },
    /are made; oc create identity local:dana; oc create useridentitymapping/,
  ],
  [
    'a User waits for without an identity',
    local('claim'),
    { user: { uid: 'u-1', identities: [] } },
    { meets: 'first' },
    undefined,
  ],
  [
    'another provider knows already',
    local('claim'),
    { user: { uid: 'u-1', identities: ['corp:dana'] } },
    { meets: 'refused', code: 'mapping_claim_error' },
    /User dana belongs to corp:dana; if it is the same person: oc create identity local:dana; oc create useridentitymapping local:dana dana; if not/,
  ],
  [
    'another provider knows already',
    local('add'),
    { user: { uid: 'u-1', identities: ['corp:dana'] } },
    { meets: 'first' },
    /joins the User of corp:dana, .*make sure that it is the same person/,
  ],
  [
    'another provider knows already',
    local('generate'),
    { user: { uid: 'u-1', identities: ['corp:dana'] } },
    { meets: 'elsewhere' },
    /makes another User \(dana2 or the like\)/,
  ],
  [
    'a User lists whose Identity is gone',
    local('claim'),
    { user: HERS },
    { meets: 'first' },
    undefined,
  ],
  [
    'all is in order for',
    local('claim'),
    { user: HERS, identities: { 'local:dana': ['dana', 'u-1'] } },
    { meets: 'known' },
    undefined,
  ],
  [
    'all is in order for',
    local('lookup'),
    { user: HERS, identities: { 'local:dana': ['dana', 'u-1'] } },
    { meets: 'known' },
    undefined,
  ],
  [
    'the provider knows under another name',
    local('claim'),
    {
      user: { uid: 'u-1', identities: ['local:4711'] },
      identities: { 'local:4711': ['dana', 'u-1'] },
    },
    { meets: 'known' },
    undefined,
  ],
  [
    'a deleted User has left the Identity of',
    local('claim'),
    { identities: { 'local:dana': ['dana', 'u-0'] } },
    { meets: 'refused', code: 'authentication_error' },
    /left behind by a User dana that is gone; delete it, and the next login makes it anew: oc delete identity local:dana$/,
  ],
  [
    'a User was deleted and made anew for',
    local('add'),
    { user: HERS, identities: { 'local:dana': ['dana', 'u-0'] } },
    { meets: 'refused', code: 'authentication_error' },
    /left behind by a User dana that was deleted and made anew/,
  ],
  [
    'a deleted User has left the Identity of',
    local('lookup'),
    { identities: { 'local:dana': ['dana', 'u-0'] } },
    { meets: 'refused', code: 'mapping_lookup_error' },
    /oc delete identity local:dana; purser onboard dana --provision$/,
  ],
  [
    'the User does not list the Identity of',
    local('claim'),
    {
      user: { uid: 'u-1', identities: [] },
      identities: { 'local:dana': ['dana', 'u-1'] },
    },
    { meets: 'refused', code: 'authentication_error' },
    /does not list the Identity local:dana .*: oc create useridentitymapping local:dana dana$/,
  ],
  [
    'an Identity leads nowhere for',
    local('claim'),
    { identities: { 'local:dana': [] } },
    { meets: 'refused', code: 'authentication_error' },
    /leads to no User; .*oc delete identity local:dana$/,
  ],
  [
    'an Identity leads to somebody else for',
    local('generate'),
    {
      user: { uid: 'u-1', identities: ['corp:dana'] },
      identities: { 'local:dana': ['dana2', 'u-2'] },
    },
    { meets: 'elsewhere' },
    /leads to the User dana2 \(Identity local:dana\)/,
  ],
];

for (const [what, provider, known, expected, says] of LOGINS) {
  const method = provider.mappingMethod ?? 'none said';
  test(`a login (${method}) of somebody whom ${what}: ${expected.code ?? expected.meets}`, async (t) => {
    const [forecast] = await forecastFor(t, known, [provider]);
    assert.ok(forecast);
    const { provider: name, meets, code } = forecast;
    const told = findingOfForecast(forecast);
    assert.equal(name, 'local');
    assert.deepEqual({ meets, ...(code === undefined ? {} : { code }) }, expected);
    if (says === undefined) assert.equal(told, undefined);
    else assert.match(told === undefined ? '' : describeFinding(told), says);
  });
}

test('each provider is judged for itself, and an Identity of another does not count', async (t) => {
  const known: Known = {
    user: { uid: 'u-1', identities: ['corp:dana'] },
    identities: { 'corp:dana': ['dana', 'u-1'] },
  };
  const forecasts = await forecastFor(t, known, [{ name: 'corp' }, { name: 'local' }]);
  assert.deepEqual(
    forecasts.map(({ provider, meets }) => `${provider} ${meets}`),
    ['corp known', 'local refused'],
  );
});

test('what the provider calls the person is looked up, in base64 where the name needs it', async (t) => {
  const dn = 'uid=dana,ou=people,dc=example';
  const coded = 'uid=dana/x';
  assert.equal(identityName('ldap', dn), `ldap:${dn}`);
  assert.equal(identityName('ldap', coded), 'ldap:b64:dWlkPWRhbmEveA');
  const [forecast] = await forecastFor(t, {}, [{ name: 'ldap', mappingMethod: 'lookup' }], coded);
  assert.match(forecast?.advice ?? '', /oc create identity ldap:b64:dWlkPWRhbmEveA;/);
});

suite('where a provider does not call people by the name that they log in with', () => {
  const ldap: LoginProvider = { name: 'corp', type: 'LDAP', mappingMethod: 'lookup' };
  // What a wrong guess had made: no login ever looks at it.
  const guessed: Known = {
    user: { uid: 'u-1', identities: ['corp:dana'] },
    identities: { 'corp:dana': ['dana', 'u-1'] },
  };
  const foretold = async (t: TestContext, known: Known, called?: string) => {
    const map = called === undefined ? undefined : new Map([['corp', called]]);
    const person = { user: 'dana', ...(map === undefined ? {} : { called: map }) };
    const [forecast] = await forecastLogins(await clusterOf(t, known), person, [ldap]);
    return forecast;
  };

  test('what was looked up is what counts', async (t) => {
    const forecast = await foretold(t, guessed, 'ZGFuYQ');
    assert.equal(forecast?.code, 'mapping_lookup_error');
    assert.match(forecast.advice ?? '', /oc create identity corp:ZGFuYQ;/);
    const right: Known = {
      user: { uid: 'u-1', identities: ['corp:ZGFuYQ'] },
      identities: { 'corp:ZGFuYQ': ['dana', 'u-1'] },
    };
    assert.equal((await foretold(t, right, 'ZGFuYQ'))?.meets, 'known');
  });

  test('an Identity that leads to the User is taken for theirs until that is looked up', async (t) => {
    assert.equal((await foretold(t, guessed))?.meets, 'known');
  });

  test("an Identity of their login's name that leads to another says nothing of them", async (t) => {
    const forecast = await foretold(t, { identities: { 'corp:dana': ['other', 'u-2'] } });
    assert.equal(forecast?.code, 'mapping_lookup_error');
    assert.match(
      forecast.advice ?? '',
      /oc create identity corp:ID; .* --provision --provider corp; ID is the base64url of/,
    );
  });
});

test('a name that a shell would take apart is quoted in the commands', async (t) => {
  const identities = { "local:o'neill; rm": ["o'neill; rm", 'u-0'] } as const;
  const kube = await clusterOf(t, { identities });
  const [forecast] = await forecastLogins(kube, { user: "o'neill; rm" }, [local('claim')]);
  assert.match(forecast?.advice ?? '', /oc delete identity 'local:o'\\''neill; rm'$/);
});

async function forecastFor(
  t: TestContext,
  known: Known,
  providers: readonly LoginProvider[],
  providerUser?: string,
): Promise<readonly LoginForecast[]> {
  const cluster = await clusterOf(t, known);
  return forecastLogins(cluster, { user: 'dana', providerUser }, providers);
}
