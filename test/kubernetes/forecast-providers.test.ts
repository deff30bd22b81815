import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { forecastLogins } from '../../src/openshift/users/forecast.ts';
import type { LoginForecast, LoginProvider } from '../../src/openshift/users/forecast.ts';
import { kubeOf } from './forecast-world.ts';
import type { Known } from './forecast-world.ts';

suite('of several providers', () => {
  const local: LoginProvider = { name: 'local' };
  const corp: LoginProvider = { name: 'corp', type: 'LDAP', mappingMethod: 'claim' };
  const other: LoginProvider = { name: 'other', type: 'GitLab', mappingMethod: 'generate' };
  const known: Known = {
    user: { uid: 'u-1', identities: ['local:dana'] },
    identities: { 'local:dana': ['dana', 'u-1'], 'corp:ZGFuYQ': ['d.ana', 'u-2'] },
  };
  const meets = (forecasts: readonly LoginForecast[]) => forecasts.map((each) => each.meets);
  const count = (lines: readonly string[], end: string) =>
    lines.filter((each) => each.endsWith(end)).length;

  test('that lead to one User it is read once', async (t) => {
    const kube = await kubeOf(t, known);
    const person = { user: 'dana', called: new Map([['corp', 'ZGFuYQ']]) };
    const found = await forecastLogins(await kube.cluster(), person, [local, corp, other]);
    assert.deepEqual(meets(found), ['known', 'elsewhere', 'elsewhere']);
    assert.equal(count(kube.lines(), '/users/dana'), 1);
    // Those that lead to dana, and those that are called dana or ZGFuYQ.
    assert.equal(count(kube.lines(), '/identities'), 3);
  });

  test('each is foretold by the User that a login through it leads to', async (t) => {
    const kube = await kubeOf(t, known);
    const person = {
      user: 'dana',
      users: new Map([['corp', 'd.ana']]),
      called: new Map([['corp', 'ZGFuYQ']]),
    };
    const found = await forecastLogins(await kube.cluster(), person, [corp, local, other]);
    assert.deepEqual(meets(found), ['refused', 'known', 'elsewhere']);
    assert.match(found[0]?.finding ?? '', /left behind by a User d\.ana that is gone/);
    assert.equal(count(kube.lines(), '/users/dana'), 1);
    assert.equal(count(kube.lines(), '/users/d.ana'), 1);
  });
});
