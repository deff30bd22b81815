import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readHttps } from '../../src/identity/wire/https.ts';

// Go 1.26's url.Parse gave scheme https and a host for these, and for no other below.
const TAKEN = [
  'https://idp.test',
  'HTTPS://IDP.test/x',
  'https://idp.test:8443/realms/a',
  'https://idp.test:/x',
  'https://[::1]:8443/x',
  'https://u:p@idp.test/x',
  'https://idp.test/a%20b',
  'https://idp.test/a b',
  'https://idp.test/{tenantid}/v2.0',
  'https://idp.test/x?%zz',
  'https://idp.test?${query}',
  'https://idp.test/x#f',
  'https://idp.test/ü',
  String.raw`https://idp.test/x\y`,
  'https://idp.test/x ',
];
const REFUSED = [
  '',
  'idp.test',
  'http://idp.test',
  ' https://idp.test',
  'https ://idp.test',
  'https:idp.test',
  'https:/idp.test',
  'https:///idp.test',
  String.raw`https:\\idp.test`,
  'https://',
  'https://{tenantid}/v2.0',
  'https://idp.test ',
  'https://a b/x',
  'https://idp%2etest/x',
  'https://idp.test:abc/x',
  'https://[::1/x',
  'https://a`b/x',
  String.raw`https://a\b/x`,
  'https://idp.test/%zz',
  'https://idp.test/100%',
  'https://idp.test/x#%zz',
  'https://idp.test/x\n',
  'https://idp.test/\tx',
];

suite('an address that Go reads as https is one to Purser, too:', () => {
  for (const text of TAKEN) {
    test(text, () => assert.equal(readHttps(text)?.protocol, 'https:'));
  }
});

suite('an address that Go does not read as https is none:', () => {
  for (const text of REFUSED) {
    test(JSON.stringify(text), () => assert.equal(readHttps(text), null));
  }
});
