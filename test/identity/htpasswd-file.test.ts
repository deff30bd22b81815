import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHtpasswd } from '../../src/identity/htpasswd-file.ts';

const KINDS: readonly (readonly [string, string])[] = [
  ['$2y$05$abcdefghijklmnopqrstuv', 'bcrypt'],
  ['$2a$10$abcdefghijklmnopqrstuv', 'bcrypt'],
  ['$2b$10$abcdefghijklmnopqrstuv', 'bcrypt'],
  ['$apr1$salt$hash', 'apr1-md5'],
  ['{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'sha1'],
  ['$6$salt$hash', 'unknown'],
  ['secret', 'unknown'],
];

for (const [hash, kind] of KINDS) {
  test(`a hash that begins with ${hash.slice(0, 4)} is ${kind}, and is not kept`, () => {
    assert.deepEqual(parseHtpasswd(`alice:${hash}\n`), {
      entries: [{ user: 'alice', hash: kind }],
      badLines: [],
    });
  });
}

test('blank lines and comments are nothing; other lines without name and hash are bad', () => {
  const text = ['# people', '', 'alice:{SHA}x', '  ', 'bob', ':{SHA}x', 'carol:', 'd:e:f'].join(
    '\r\n',
  );
  assert.deepEqual(parseHtpasswd(text), {
    entries: [
      { user: 'alice', hash: 'sha1' },
      { user: 'd', hash: 'unknown' },
    ],
    badLines: [5, 6, 7],
  });
});

test('a file without anything in it has no entries', () => {
  assert.deepEqual(parseHtpasswd(''), { entries: [], badLines: [] });
});
