import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  formatSubject,
  parseSubject,
  parseTyped,
  recordedSubjectSchema,
  serviceAccountGroups,
  subjectKey,
  subjectSchema,
  userNameOf,
  userNameProblem,
} from '../../src/domain/subject.ts';
import type { Subject } from '../../src/domain/subject.ts';

interface Known {
  readonly typed: string;
  readonly subject: Subject;
  readonly written: string;
  readonly key: string;
  readonly user: string | undefined;
}

const KNOWN: readonly Known[] = [
  {
    typed: 'alice',
    subject: { kind: 'User', name: 'alice' },
    written: 'alice',
    key: 'alice',
    user: 'alice',
  },
  {
    typed: 'User/jane@corp.example',
    subject: { kind: 'User', name: 'jane@corp.example' },
    written: 'jane@corp.example',
    key: 'jane@corp.example',
    user: 'jane@corp.example',
  },
  {
    typed: 'https://login.example/realm#jane',
    subject: { kind: 'User', name: 'https://login.example/realm#jane' },
    written: 'https://login.example/realm#jane',
    key: 'https://login.example/realm#jane',
    user: 'https://login.example/realm#jane',
  },
  {
    typed: 'User/CORP/alice',
    subject: { kind: 'User', name: 'CORP/alice' },
    written: 'CORP/alice',
    key: 'CORP/alice',
    user: 'CORP/alice',
  },
  {
    typed: 'Group/devs',
    subject: { kind: 'Group', name: 'devs' },
    written: 'Group/devs',
    key: 'devs',
    user: undefined,
  },
  {
    typed: 'Group/system:serviceaccounts:team-a',
    subject: { kind: 'Group', name: 'system:serviceaccounts:team-a' },
    written: 'Group/system:serviceaccounts:team-a',
    key: 'system:serviceaccounts:team-a',
    user: undefined,
  },
  {
    typed: 'ServiceAccount/team-a:ci',
    subject: { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
    written: 'ServiceAccount/team-a:ci',
    key: 'team-a:ci',
    user: 'system:serviceaccount:team-a:ci',
  },
  {
    typed: 'system:serviceaccount:team-a:ci.v2',
    subject: { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci.v2' },
    written: 'ServiceAccount/team-a:ci.v2',
    key: 'team-a:ci.v2',
    user: 'system:serviceaccount:team-a:ci.v2',
  },
];

for (const { typed, subject, written, key, user } of KNOWN) {
  test(`${typed} is understood, and has one name for each use`, () => {
    const parsed = subjectSchema.parse(parseTyped(typed));
    assert.deepEqual(parsed, subject);
    assert.equal(formatSubject(parsed), written);
    assert.equal(subjectKey(parsed), key);
    assert.equal(userNameOf(parsed), user);
  });
}

suite('the kind of a subject may be typed in any letters:', () => {
  const user = (name: string) => ({ kind: 'User', name });
  const table: readonly (readonly [string, object])[] = [
    ['user/CORP/alice', user('CORP/alice')],
    ['USER/alice', user('alice')],
    ['user/sa/ci:builder', user('sa/ci:builder')],
    ['user/user/alice', user('user/alice')],
    ['user/a%2fb', user('a%2fb')],
    ['group/devs', { kind: 'Group', name: 'devs' }],
    ['Group/CORP/devs', { kind: 'Group', name: 'CORP/devs' }],
    ['sa/team-a:ci', { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' }],
    ['SA/ci:builder', { kind: 'ServiceAccount', namespace: 'ci', name: 'builder' }],
    ['serviceAccount/team-a:ci', { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' }],
    ['CORP/alice', user('CORP/alice')],
    ['users/alice', user('users/alice')],
    ['constructor/alice', user('constructor/alice')],
    ['user', user('user')],
  ];
  for (const [typed, subject] of table) {
    test(typed, () => assert.deepEqual(subjectSchema.parse(parseTyped(typed)), subject));
  }
});

suite(
  'a subject is written so that it is read again, also where its name looks like a kind:',
  () => {
    const names = ['alice', 'CORP/alice', 'sa/ci:builder', 'Group/devs', 'user/user/x', 'User/x'];
    for (const name of [...names, 'system:serviceaccount:a:b', 'SA/x', 'a%2fb', 'b64:Q09SUC9h']) {
      test(name, () => {
        for (const kind of ['User', 'Group'] as const) {
          const written = formatSubject({ kind, name });
          assert.deepEqual(recordedSubjectSchema.parse(parseSubject(written)), { kind, name });
          assert.deepEqual(recordedSubjectSchema.parse(parseTyped(written)), { kind, name });
        }
      });
    }
  },
);

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /must not be empty/],
  ['User/', /must not be empty/],
  ['Group/', /must not be empty/],
  ['.', /is not a name that OpenShift accepts/],
  ['..', /is not a name that OpenShift accepts/],
  ['~', /is not a name that OpenShift accepts/],
  [' alice', /blanks around it/],
  ['alice\n', /no control characters/],
  ['ali\u0000ce', /no control characters/],
  ['a'.repeat(254), /at most 253 characters/],
  ['half a \ud800 pair', /must be Unicode/],
  ['system:admin', /cluster's own identities/],
  ['User/system:serviceaccount:team-a:ci', /write ServiceAccount/],
  ['kube:admin', /instead of kube:admin/],
  ['Group/system:authenticated', /open the registry to all users/],
  ['Group/system:unauthenticated', /open the registry to all users/],
  ['Group/system:authenticated:oauth', /open the registry to all users/],
  ['Group/system:masters', /system:masters/],
  ['ServiceAccount/ci', /is not a service account's name/],
  ['ServiceAccount/:ci', /a namespace is lower-case/],
  ['ServiceAccount/Team:ci', /a namespace is lower-case/],
  ['ServiceAccount/team-a:CI', /is not a service account's name/],
  ['ServiceAccount/team-a:a:b', /is not a service account's name/],
  ['ServiceAccount/team-a:a/b', /is not a service account's name/],
];

for (const [typed, message] of REFUSED) {
  test(`${JSON.stringify(typed.slice(0, 40))} is refused, and the message says why`, () => {
    const result = subjectSchema.safeParse(parseTyped(typed));
    assert.equal(result.success, false);
    assert.match(result.error?.issues.map(({ message: each }) => each).join() ?? '', message);
  });
}

// A name that looks like another one is another person.
const UNSEEN = [
  ['a C1 control', '\u0085'],
  ['a delete', '\u007f'],
  ['a zero-width space', '\u200b'],
  ['a zero-width joiner', '\u200d'],
  ['a mark for the other direction', '\u202e'],
  ['an isolate', '\u2066'],
  ['a line separator', '\u2028'],
  ['a soft hyphen', '\u00ad'],
  ['a byte order mark', '\ufeff'],
  ['a variation selector', '\ufe0f'],
  ['a variation selector of the supplement', '\u{e0100}'],
  ['a tag', '\u{e0061}'],
  ['a combining joiner', '\u034f'],
  ['a filler of Hangul', '\u3164'],
  ['a blank of Braille', '\u2800'],
  ['a blank that does not break', '\u00a0'],
  ['a wide blank', '\u3000'],
] as const;

for (const [what, character] of UNSEEN) {
  test(`a name with ${what} in it is given nothing, and can still be taken from`, () => {
    for (const kind of ['User', 'Group']) {
      const subject = { kind, name: `ali${character}ce` };
      const issues = subjectSchema.safeParse(subject).error?.issues ?? [];
      assert.match(issues.map(({ message }) => message).join(), /invisible characters/);
      assert.deepEqual(recordedSubjectSchema.parse(subject), subject);
    }
  });
}

test('names of other scripts are names', () => {
  for (const name of ['Zoë Müller', 'Đặng Thị', 'Ирина', '田中', 'محمد', 'e\u0301milie', 'नेहा']) {
    assert.equal(subjectSchema.safeParse({ kind: 'User', name }).success, true, name);
  }
});

test('whoever a binding can name can be taken from, whatever rules it was granted under', () => {
  for (const subject of [
    { kind: 'User', name: 'system:admin' },
    { kind: 'User', name: ' alice\n' },
    { kind: 'User', name: '~' },
    { kind: 'User', name: 'é'.repeat(1_024) },
    { kind: 'User', name: `https://issuer.example/${'a'.repeat(253)}` },
    { kind: 'Group', name: 'system:authenticated' },
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
  ]) {
    assert.deepEqual(recordedSubjectSchema.parse(subject), subject);
  }
  for (const subject of [
    { kind: 'User', name: '' },
    { kind: 'Group', name: '\ud800' },
    { kind: 'User', name: 'a'.repeat(1_025) },
    { kind: 'User', name: 'alice', namespace: 'team-a' },
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'a/b' },
  ]) {
    assert.equal(recordedSubjectSchema.safeParse(subject).success, false, JSON.stringify(subject));
  }
});

test('a name of any length is judged', () => {
  for (const name of ['a\u200d'.repeat(500_000), 'a '.repeat(500_000)]) {
    assert.equal(subjectSchema.safeParse({ kind: 'User', name }).success, false);
  }
});

test('a subject of another kind, or with a field too many, is refused', () => {
  for (const subject of [
    { kind: 'Robot', name: 'r2' },
    { kind: 'User', name: 'alice', namespace: 'team-a' },
    { kind: 'ServiceAccount', name: 'ci' },
    {},
    null,
  ]) {
    assert.equal(subjectSchema.safeParse(subject).success, false, JSON.stringify(subject));
  }
});

test('a name takes as many characters as it may have, whatever they become in an address', () => {
  assert.ok(subjectSchema.safeParse({ kind: 'User', name: 'é'.repeat(253) }).success);
});

test('a service account is in the groups that Kubernetes gives every one', () => {
  assert.deepEqual(serviceAccountGroups('team-a'), [
    'system:serviceaccounts',
    'system:serviceaccounts:team-a',
    'system:authenticated',
  ]);
});

for (const { name, character } of [
  { name: 'https://issuer.example.com#alice', character: ':' },
  { name: 'team/alice', character: '/' },
  { name: 'a%20b', character: '%' },
  { name: 'b64:a/b', character: '/' },
]) {
  test(`no User is called ${name}`, () => {
    assert.match(userNameProblem(name) ?? '', new RegExp(`cannot contain "${character}"$`));
  });
}

test('a User may be called by a name with a blank, an at sign, or what follows b64:', () => {
  for (const name of [
    'alice',
    'alice@example.com',
    'Alice Liddell',
    'b64:YS9i',
    'b64:a:b',
    'a#b',
  ]) {
    assert.equal(userNameProblem(name), undefined, name);
  }
});
