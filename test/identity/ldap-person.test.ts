import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HOST, ldapAt, PEOPLE, start } from './support/directory.ts';
import { assertFinds, ca, lookUpPerson, untrustedCa } from './support/provider-check.ts';
import { NO_TEXT } from './support/slapd.ts';

const slapd = await start({ pair: await ca.leaf([HOST]) });

function lookAt(name: string, attributes: object, url?: string) {
  return lookUpPerson(
    ldapAt(slapd, { ldap: { attributes }, ...(url === undefined ? {} : { url }) }),
    name,
  );
}

function coded(text: string | Buffer) {
  return Buffer.from(text).toString('base64url');
}
function dnOf(uid: string) {
  return `cn=person-${Buffer.from(uid).toString('hex')},${PEOPLE}`;
}

// As oauth-server's GetRawAttributeValue and GetAttributeValue have it (openshift-facts.md 11.3).
suite("a directory's person is called", () => {
  const table: readonly (readonly [string, string, object, string, string])[] = [
    ['by the bytes of the id in base64url', 'alice', { id: ['uid'] }, coded('alice'), 'YWxpY2U'],
    ["by the entry's name, in any letters", 'alice', { id: ['DN'] }, coded(dnOf('alice')), ''],
    ['by bytes that are no text', 'gerda', { id: ['audio'] }, coded(NO_TEXT), 'AMP__hCAaw'],
    ['by the first id that there is', 'dora', { id: ['mail', 'uid'] }, coded('dora'), ''],
    ['by letters beyond ASCII', 'jürgen', { id: ['uid'] }, coded('jürgen'), 'asO8cmdlbg'],
  ];
  for (const [what, name, attributes, providerUser, letters] of table) {
    test(`${what}, and so is the User without a preferred name`, async () => {
      const { loginNames, check } = await lookAt(name, attributes);
      assert.deepEqual(loginNames, { providerUser, user: providerUser });
      if (letters !== '') assert.equal(providerUser, letters);
      assertFinds(check, [
        'note',
        'configuration',
        new RegExp(`${name} makes the User ${providerUser}: .* no preferred name .*: none\\)`),
        new RegExp(`bring ${providerUser} on board`),
      ]);
    });
  }

  test("with a preferred name, which is the User's", async () => {
    const { loginNames, check } = await lookAt('alice', { id: ['dn'], preferredUsername: ['uid'] });
    assert.deepEqual(loginNames, { providerUser: coded(dnOf('alice')), user: 'alice' });
    assert.deepEqual(check.findings, []);
  });

  test('by the id as User if the preferred attribute is empty', async () => {
    const attributes = { id: ['uid'], preferredUsername: ['mail'] };
    const { loginNames, check } = await lookAt('dora', attributes);
    assert.deepEqual(loginNames, { providerUser: coded('dora'), user: coded('dora') });
    assertFinds(check, ['note', 'configuration', /no preferred name .*: mail\)/]);
  });
});

suite("the name of an attribute counts to the letter, as in Go's client:", () => {
  test('no login works with an id in other letters', async () => {
    const { loginNames, check } = await lookAt('alice', { id: ['UID'] });
    assert.equal(loginNames, undefined);
    assertFinds(check, ['error', 'configuration', /none of .* UID .*; the directory writes uid,/]);
  });

  test('a preferred name in other letters is none', async () => {
    const attributes = { id: ['uid'], preferredUsername: ['UID'] };
    const { loginNames, check } = await lookAt('alice', attributes);
    assert.equal(loginNames?.user, coded('alice'));
    assertFinds(check, ['note', 'configuration', /no preferred name .*the directory writes uid/]);
  });
});

test('no login works with a preferred name that no User can have', async () => {
  const { check } = await lookAt('dora', { id: ['dn'], preferredUsername: ['description'] });
  assertFinds(check, [
    'error',
    'configuration',
    /make the User CORP\/dora, .* cannot contain "\/"/,
  ]);
});

test('with mappingMethod lookup the mapping of the Identity decides the User', async () => {
  const setup = ldapAt(slapd, { ldap: { attributes: { id: ['uid'] } } });
  const provider = { ...setup.provider, mappingMethod: 'lookup' };
  const { loginNames, check } = await lookUpPerson({ ...setup, provider }, 'alice');
  assert.equal(loginNames?.providerUser, coded('alice'));
  assert.deepEqual(check.findings, []);
});

test('there are no names for a person who is absent, is two entries, or cannot be looked up', async () => {
  const attributes = { id: ['dn'] };
  const url = `ldap://${HOST}/${PEOPLE}?mail`;
  assert.equal((await lookAt('mallory', attributes)).loginNames, undefined);
  assert.equal((await lookAt('shared@corp.test', attributes, url)).loginNames, undefined);
  const apart = ldapAt(slapd, { material: { 'ldap.ca': untrustedCa.cert } });
  assert.deepEqual((await lookUpPerson(apart, 'alice')).loginNames, undefined);
});
