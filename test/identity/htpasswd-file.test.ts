import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveEntries, parseHtpasswd } from '../../src/identity/htpasswd-file.ts';

// Of the length that bcrypt's salt and hash have together; the hash of nobody's password.
const BCRYPT = 'uq0wTSzbqTmmLZKZT4xB4eGkMYmBEvlNeEBLfJLFg1VpQ4Xkq3FpW';
const SHA1 = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
const MD5 = 'lZL6V/ci/eIoGfE9vfn3l/';

// Whether a login can get through was tried with oauth-server's testPassword and golang.org/x/crypto 0.42.
const KINDS: readonly (readonly [what: string, hash: string, kind: string])[] = [
  ['bcrypt as htpasswd -B writes it', `$2y$05$${BCRYPT}`, 'bcrypt'],
  ['the older $2a$', `$2a$31$${BCRYPT}`, 'bcrypt'],
  ['$2b$, which its matcher does not take', `$2b$10$${BCRYPT}`, 'unknown'],
  ['$2x$', `$2x$10$${BCRYPT}`, 'unknown'],
  ['bcrypt that was cut', `$2y$05$${BCRYPT.slice(0, -1)}`, 'unknown'],
  ['bcrypt without its hash', '$2y$05$abcdefghijklmnopqrstuv', 'unknown'],
  ['bcrypt with a blank behind it, which is not looked at', `$2y$05$${BCRYPT} `, 'bcrypt'],
  ['bcrypt with a remark behind it', `$2y$05$${BCRYPT}:of sales`, 'bcrypt'],
  ['bcrypt with a blank before it', ` $2y$05$${BCRYPT}`, 'unknown'],
  ['bcrypt whose last character none has', `$2y$05$${BCRYPT.slice(0, -1)}X`, 'unknown'],
  ['bcrypt of too little cost', `$2y$03$${BCRYPT}`, 'unknown'],
  ['bcrypt of too much cost', `$2y$32$${BCRYPT}`, 'unknown'],
  ["Apache's MD5", `$apr1$saltsalt$${MD5}`, 'apr1-md5'],
  ["Apache's MD5 with a short salt", `$apr1$s$${MD5}`, 'apr1-md5'],
  ["Apache's MD5 without a hash", '$apr1$salt', 'unknown'],
  ["Apache's MD5 with an empty hash", '$apr1$salt$', 'unknown'],
  ["Apache's MD5 that was cut", `$apr1$salt$${MD5.slice(0, -1)}`, 'unknown'],
  ["Apache's MD5 with too long a salt", `$apr1$saltsalts$${MD5}`, 'unknown'],
  ["Apache's MD5 with a blank behind it", `$apr1$salt$${MD5} `, 'unknown'],
  ["Apache's MD5 whose last character none has", `$apr1$salt$${MD5.slice(0, -1)}2`, 'unknown'],
  ['SHA-1', SHA1, 'sha1'],
  ['SHA-1 whose last character none has', SHA1.replace('g=', 'h='), 'unknown'],
  ['no hash', '', 'unknown'],
  ['SHA-1 with a blank before it', SHA1.replace('}', '} '), 'unknown'],
  ['SHA-1 with a blank behind it', `${SHA1} `, 'unknown'],
  ['SHA-1 without its padding', SHA1.slice(0, -1), 'unknown'],
  ['SHA-1 in small letters', SHA1.replace('SHA', 'sha'), 'unknown'],
  ['the crypt of Linux', '$6$salt$hash', 'unknown'],
  ['the crypt of Unix', 'rl0uE2AoPFTsU', 'unknown'],
  ['a password', 'secret', 'unknown'],
];

for (const [what, hash, kind] of KINDS) {
  test(`${what} is ${kind}, and is not kept`, () => {
    assert.deepEqual(parseHtpasswd(`alice:${hash}\n`), {
      entries: [{ user: 'alice', hash: kind }],
      badLines: [],
    });
  });
}

test('of several entries of one name the last counts', () => {
  const { entries } = parseHtpasswd(`alice:${SHA1}\nbob:${SHA1}\nalice:$2y$05$${BCRYPT}\n`);
  assert.deepEqual(effectiveEntries(entries), [
    { user: 'alice', hash: 'bcrypt' },
    { user: 'bob', hash: 'sha1' },
  ]);
});

test('of several entries of one name the last counts, also if it has no hash', () => {
  const { entries } = parseHtpasswd(`alice:${SHA1}\nalice:\n`);
  assert.deepEqual(effectiveEntries(entries), [{ user: 'alice', hash: 'unknown' }]);
});

test('a file may end in half of the line end of Windows', () => {
  const [entry] = parseHtpasswd(`alice:${SHA1}\r`).entries;
  assert.equal(entry?.hash, 'sha1');
});

test('blank lines and comments are nothing; other lines without a name are bad', () => {
  const text = ['# people', '', `alice:${SHA1}`, '  ', 'bob', `:${SHA1}`, 'carol:', 'd:e:f'].join(
    '\r\n',
  );
  assert.deepEqual(parseHtpasswd(text), {
    entries: [
      { user: 'alice', hash: 'sha1' },
      { user: 'carol', hash: 'unknown' },
      { user: 'd', hash: 'unknown' },
    ],
    badLines: [5, 6],
  });
});

test('an entry behind a # is a user with a # in the name', () => {
  const text = `#bob:$2y$05$${BCRYPT}\n# note: no entry\n#carol:\n#dora\n`;
  assert.deepEqual(parseHtpasswd(text), {
    entries: [{ user: '#bob', hash: 'bcrypt' }],
    badLines: [],
  });
});

test('a file without anything in it has no entries', () => {
  assert.deepEqual(parseHtpasswd(''), { entries: [], badLines: [] });
});
