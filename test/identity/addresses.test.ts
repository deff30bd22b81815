import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createNotes } from '../../src/identity/notes.ts';
import { parseAddress } from '../../src/identity/wire/peer.ts';

function refusal(text: string): string {
  const notes = createNotes({ name: 'corp', type: 'OpenID' });
  assert.equal(parseAddress(text, 'openID.issuer', notes), undefined);
  return notes.findings.map(({ text: what }) => what).join('\n');
}

suite('no password in an address that is none is quoted', () => {
  for (const text of [
    'http://me:s3cretPW@idp.test/x',
    'http://me:s3cret/PW@idp.test/x',
    'https://me:s3 cret/PW@idp test',
    'http:/me:s3cret@PW@idp.test',
    'me:s3cretPW@idp.test',
    's3cret\nPW@idp.test',
  ]) {
    test(`of ${JSON.stringify(text)}`, () => {
      const said = refusal(text);
      assert.match(said, /^openID\.issuer (is no https address: ".*@idp|holds a user name)/);
      assert.doesNotMatch(said, /s3|cret|PW/);
    });
  }

  test('and one without is quoted whole', () => {
    assert.match(refusal('http://idp.test/x'), /: "http:\/\/idp\.test\/x"$/);
  });
});
