import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  assertFinds,
  assertSilentAbout,
  assertSound,
  runCheck,
  lookUpPerson,
  setupOf,
} from './support/provider-check.ts';

const BCRYPT = '$2y$05$uq0wTSzbqTmmLZKZT4xB4eGkMYmBEvlNeEBLfJLFg1VpQ4Xkq3FpW';
const SHA1 = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
const MD5 = '$apr1$saltsalt$lZL6V/ci/eIoGfE9vfn3l/';
const CUT = BCRYPT.slice(0, -1);
const FIELD = 'htpasswd.fileData';
function file(text: string) {
  return setupOf(
    { name: 'local', type: 'HTPasswd', htpasswd: { fileData: { name: 'users' } } },
    { [FIELD]: text },
  );
}

type Wanted = Parameters<typeof assertFinds>[1];

test('a file in good order is sound', async () => {
  const check = await runCheck(file(`alice:${BCRYPT}\nbob:${BCRYPT}\n`));
  assertSound(check);
  assert.deepEqual(check.seen, ['2 users in its file']);
});

const WRONG: readonly (readonly [string, string, Wanted])[] = [
  [
    'is missing',
    'missing',
    [
      'error',
      'configuration',
      /openshift-config\/users .*does not exist/,
      /^oc create secret generic users --from-file=htpasswd=FILE/,
    ],
  ],
  [
    'has another key',
    'no-such-key',
    ['error', 'configuration', /has no key htpasswd/, /under the key htpasswd/],
  ],
  ['is empty', '\n', ['error', 'configuration', /is empty/]],
  ['holds nobody', '# nobody yet\n', ['error', 'configuration', /holds no user/, /htpasswd -B/]],
  [
    'has a line that is none',
    `alice:${BCRYPT}\nbob\n`,
    ['warning', 'configuration', /line 2 .*no entry/],
  ],
  [
    'has weak hashes',
    `alice:${SHA1}\nbob:${MD5}\ncarol:${BCRYPT}\n`,
    ['warning', 'configuration', /alice, bob is weak \(sha1 and apr1-md5\)/, /htpasswd -B/],
  ],
  [
    'has hashes that OpenShift does not know',
    'alice:$6$salt$hash\n',
    ['warning', 'unauthorized', /alice cannot log in/],
  ],
  [
    "has a bcrypt hash of another program's",
    `alice:${BCRYPT.replace('$2y$', '$2b$')}\n`,
    ['warning', 'unauthorized', /alice cannot log in: .*\$2a\$ or \$2y\$/, /htpasswd -B/],
  ],
  [
    'has a hash that was cut',
    `alice:${CUT}\nbob:${BCRYPT}\n`,
    ['warning', 'unauthorized', /alice cannot log in: .*each whole/],
  ],
  [
    'has somebody twice',
    `alice:${BCRYPT}\nalice:${BCRYPT}\n`,
    ['warning', 'configuration', /alice is in its file twice, and the last entry counts/],
  ],
  [
    'may not be read',
    'forbidden',
    ['unknown', 'probe', /may not be read by Purser/, /option-read-secrets/],
  ],
  ['was not to be read', 'not-read', ['unknown', 'probe', /was not read/, /identity\.readSecrets/]],
];

suite('a file that', () => {
  for (const [what, text, finding] of WRONG) {
    test(`${what} gets a finding`, async () => assertFinds(await runCheck(file(text)), finding));
  }

  test('may not be read fails nothing', async () => assertSound(await runCheck(file('not-read'))));

  test('has many weak hashes names five, and counts the others', async () => {
    const text = Array.from({ length: 8 }, (_, index) => `user${index}:${SHA1}`).join('\n');
    assertFinds(await runCheck(file(text)), [
      'warning',
      'configuration',
      /user4 and 3 more is weak/,
    ]);
  });
});

suite('a person', () => {
  for (const [what, text, name, status] of [
    ['in the file', `alice:${BCRYPT}`, 'alice', 'found'],
    ['not in the file', `alice:${BCRYPT}`, 'mallory', 'absent'],
    ['of another case', `alice:${BCRYPT}`, 'Alice', 'absent'],
    ['in a file that may not be read', 'forbidden', 'alice', 'unknown'],
    ['in a file that is missing', 'missing', 'alice', 'unknown'],
  ] as const) {
    test(`${what} is ${status}`, async () => {
      assert.equal((await lookUpPerson(file(text), name)).status, status);
    });
  }

  test('with an unknown hash cannot log in', async () => {
    const { check } = await lookUpPerson(file('alice:plain-text-password'), 'alice');
    assertFinds(check, ['error', 'unauthorized', /does not know/, /htpasswd -B FILE alice/]);
  });
});

suite('of two entries with a name the last counts:', () => {
  const table: readonly (readonly [string, string, RegExp | undefined])[] = [
    ['who can log in by it can', `alice:${CUT}\nalice:${BCRYPT}\n`, undefined],
    ['who cannot log in by it cannot', `alice:${BCRYPT}\nalice:${CUT}\n`, /alice cannot log in/],
    ['who has no hash in it cannot', `alice:${BCRYPT}\nalice:\n`, /alice cannot log in/],
  ];
  for (const [what, text, finding] of table) {
    test(what, async () => {
      const said = (check: { findings: readonly { cause: string; text: string }[] }) =>
        check.findings.filter(({ cause }) => cause === 'unauthorized').map((each) => each.text);
      const check = await runCheck(file(text));
      assert.match(check.seen.join(), /1 users in its file/);
      const { check: person } = await lookUpPerson(file(text), 'alice');
      if (finding === undefined) assert.deepEqual([...said(check), ...said(person)], []);
      else {
        assert.match(said(check).join(), finding);
        assert.match(said(person).join(), /does not know/);
      }
    });
  }
});

test('no hash and no password is in any output', () => {
  assertSilentAbout([BCRYPT, 'plain-text-password', '$6$salt$hash', SHA1, MD5, CUT]);
});
