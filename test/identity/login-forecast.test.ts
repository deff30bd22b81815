import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { forecastLogin } from '../../activities/identity/person.ts';
import type { ProviderLookup } from '../../activities/identity/person.ts';
import { timeout } from './support/provider-check.ts';
import { targetOf, USERS } from './support/activities.ts';

/** A cluster where the User `hans` is somebody of the provider `local`. */
const HANS = {
  [`${USERS}/users/hans`]: { metadata: { name: 'hans', uid: 'u-1' }, identities: ['local:hans'] },
  [`${USERS}/identities`]: { items: [] },
};
const LOGIN_NAMES = { providerUser: 'Y249aGFucw', user: 'hans.mueller' };

async function tell(
  t: TestContext,
  mappingMethod: string,
  lookup: Omit<ProviderLookup, 'provider'>,
  also = 'hans',
) {
  const there = { metadata: { name: also, uid: 'u-2' }, identities: ['local:4711'] };
  const at = `${USERS}/users/${encodeURIComponent(also)}`;
  const { target } = await targetOf(t, { [at]: there, ...HANS });
  const configs = [{ name: 'corp', type: 'LDAP', mappingMethod }];
  const lookups = Promise.resolve([{ provider: 'corp', ...lookup }]);
  const findings = await forecastLogin(target, 'hans', { configs, lookups }, timeout());
  return findings.map(({ severity, text, advice }) => `${severity}: ${text}; ${advice}`).join('\n');
}

suite('a login through a directory is predicted by the User that it leads to:', () => {
  test('another person of the typed name does not prevent it', async (t) => {
    assert.equal(await tell(t, 'claim', { status: 'found', loginNames: LOGIN_NAMES }), '');
  });

  test('another person of the preferred name does', async (t) => {
    const loginNames = { ...LOGIN_NAMES, user: 'hans' };
    assert.match(
      await tell(t, 'claim', { status: 'found', loginNames }),
      /^error: a login of hans through corp .*mapping_claim_error.* belongs to local:hans/,
    );
  });

  test('invisible characters of a name are written out', async (t) => {
    const loginNames = { ...LOGIN_NAMES, user: 'hans\u{202e}' };
    const said = await tell(t, 'generate', { status: 'found', loginNames }, 'hans\u{202e}');
    assert.match(said, /a first login of hans\\u\{202e\} through corp makes another User/);
    assert.doesNotMatch(said, /\p{Cf}/u);
  });

  test('with lookup it is the requested one', async (t) => {
    assert.match(
      await tell(t, 'lookup', { status: 'found', loginNames: LOGIN_NAMES }),
      /oc create useridentitymapping corp:Y249aGFucw hans;/,
    );
  });
});
