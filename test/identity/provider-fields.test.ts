import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingFields, fieldValueAt } from '../../src/identity/provider-fields.ts';

type Block = Readonly<Record<string, unknown>>;

/** Each type: its block when complete, and what is said of an empty one. */
const TYPES: readonly (readonly [string, Block, readonly string[]])[] = [
  ['HTPasswd', { htpasswd: { fileData: { name: 's' } } }, ['htpasswd.fileData.name']],
  [
    'LDAP',
    { ldap: { url: 'ldaps://x', attributes: { id: ['dn'] } } },
    ['ldap.url', 'ldap.attributes.id'],
  ],
  ['BasicAuth', { basicAuth: { url: 'https://x' } }, ['basicAuth.url']],
  [
    'GitHub',
    { github: { clientID: 'c', clientSecret: { name: 's' } } },
    ['github.clientID', 'github.clientSecret.name'],
  ],
  [
    'GitLab',
    { gitlab: { clientID: 'c', clientSecret: { name: 's' }, url: 'https://x' } },
    ['gitlab.clientID', 'gitlab.clientSecret.name', 'gitlab.url'],
  ],
  [
    'Google',
    { google: { clientID: 'c', clientSecret: { name: 's' } } },
    ['google.clientID', 'google.clientSecret.name'],
  ],
  [
    'Keystone',
    { keystone: { url: 'https://x', domainName: 'd' } },
    ['keystone.url', 'keystone.domainName'],
  ],
  [
    'OpenID',
    { openID: { clientID: 'c', clientSecret: { name: 's' }, issuer: 'https://x' } },
    ['openID.clientID', 'openID.clientSecret.name', 'openID.issuer'],
  ],
  [
    'RequestHeader',
    { requestHeader: { ca: { name: 'c' }, headers: ['X-Remote-User'] } },
    ['requestHeader.ca.name', 'requestHeader.headers'],
  ],
];

for (const [type, block, fields] of TYPES) {
  test(`a complete ${type} provider lacks nothing, and a bare one each of its fields`, () => {
    assert.deepEqual(missingFields({ type, ...block }), []);
    assert.deepEqual(missingFields({ type }), fields);
  });
}

for (const empty of ['', null, [], undefined]) {
  test(`${JSON.stringify(empty) ?? 'undefined'} counts as not set`, () => {
    const provider = { type: 'RequestHeader', requestHeader: { headers: empty } };
    assert.ok(missingFields(provider).includes('requestHeader.headers'));
  });
}

test('a value is found at its path, or is undefined', () => {
  const object = { a: { b: [{ c: 1 }] }, n: null };
  assert.equal(fieldValueAt(object, 'a.b.0.c'), 1);
  for (const path of ['a.x', 'a.b.c', 'n.x', 'x.y.z'])
    assert.equal(fieldValueAt(object, path), undefined);
});
