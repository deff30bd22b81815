import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { duplicateNames } from '../../src/identity/configuration.ts';
import { createNotes } from '../../src/identity/notes.ts';
import { createSharedCache } from '../../src/identity/shared-cache.ts';
import { assertFinds, runCheck, timeout, setupOf } from './support/provider-check.ts';

suite('a configuration is refused for', () => {
  for (const name of ['corp:ldap', 'corp/ldap', 'a%b', '', '..']) {
    test(`the name ${JSON.stringify(name)}`, async () => {
      const check = await runCheck(setupOf({ name, type: 'GitLab' }));
      assertFinds(check, ['error', 'configuration', /is no name for a provider/, /without ":"/]);
    });
  }

  for (const type of ['htpasswd', 'SAML', '', 'constructor', '__proto__']) {
    test(`the type ${JSON.stringify(type)}, naming the known ones`, async () => {
      const check = await runCheck(setupOf({ name: 'corp', type }));
      assertFinds(check, ['error', 'configuration', /is none of BasicAuth, HTPasswd, LDAP/]);
    });
  }

  test('an unknown mapping method', async () => {
    const check = await runCheck(setupOf({ name: 'corp', type: 'GitLab', mappingMethod: 'guess' }));
    assertFinds(check, ['error', 'configuration', /mappingMethod "guess" is none of claim/]);
  });

  test('two providers of one name', () => {
    const all = ['a', 'b', 'a', 'c', 'a'].map((name) => ({ name, type: 'LDAP' }));
    assert.deepEqual(duplicateNames(all), ['a']);
  });
});

test('a finding is one line without control characters, of bounded length, without secrets', () => {
  const notes = createNotes({ name: 'corp', type: 'LDAP' }, ['s3cret', '']);
  notes.broken('configuration', `a\n\u001b[31m s3cret ${'x'.repeat(500)}`, 'not s3cret');
  notes.see('s3cret');
  const [finding] = notes.findings;
  assert.match(finding?.text ?? '', /^a \[31m \(secret\) x+…$/);
  assert.equal(finding?.text.length, 400);
  assert.equal(finding.advice, 'not (secret)');
  assert.deepEqual(notes.seen, ['(secret)']);
});

test('invisible characters in a finding are written out', () => {
  const notes = createNotes({ name: 'corp', type: 'LDAP' });
  notes.note('cn=\u202Egnp.exe\u200b,dc=x', 'bring a\u2066b on board');
  notes.see('alice is cn=\u202Ea');
  assert.equal(notes.findings[0]?.text, String.raw`cn=\u{202e}gnp.exe\u{200b},dc=x`);
  assert.equal(notes.findings[0].advice, String.raw`bring a\u{2066}b on board`);
  assert.deepEqual(notes.seen, [String.raw`alice is cn=\u{202e}a`]);
});

suite('a shared result', () => {
  test('is made once for all callers within the time, and again after it', async () => {
    let now = 0;
    let made = 0;
    const shared = createSharedCache<number>(60, () => now);
    const get = () => shared.get('a', async () => (made += 1), timeout());
    assert.deepEqual(await Promise.all([get(), get()]), [1, 1]);
    now = 59;
    assert.equal(await get(), 1);
    assert.equal(await shared.get('b', async () => 7, timeout()), 7);
    now = 60;
    assert.equal(await get(), 2);
    shared.drop('a');
    assert.equal(await get(), 3);
  });

  test('is not kept if making it failed', async () => {
    const shared = createSharedCache<number>(60);
    const fails = () => shared.get('a', () => Promise.reject(new Error('no')), timeout());
    await assert.rejects(fails());
    assert.equal(await shared.get('a', async () => 1, timeout()), 1);
  });

  test('is still made for the others when one gives up', async () => {
    const shared = createSharedCache<number>(60);
    const { promise, resolve } = Promise.withResolvers<number>();
    const giver = new AbortController();
    const gone = shared.get('a', () => promise, giver.signal);
    const stays = shared.get('a', () => Promise.reject(new Error('made twice')), timeout());
    giver.abort(new Error('cancelled'));
    await assert.rejects(gone, /cancelled/);
    resolve(1);
    assert.equal(await stays, 1);
  });
});
