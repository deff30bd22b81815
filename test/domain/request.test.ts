import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PurserError } from '../../src/domain/errors.ts';
import { identityCheckRequestSchema } from '../../src/identity/model/request.ts';
import { onboardRequestSchema, revokeRequestSchema } from '../../src/access/model/request.ts';
import { parseRequest } from '../../src/domain/request.ts';

const TOKEN = `sha256~${'A'.repeat(43)}`;
const JWT = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.${'s'.repeat(40)}`;

const GOOD = {
  target: 'prod',
  subject: { kind: 'User', name: 'alice' },
  accesses: ['pull:team-a'],
};

test('what is left out of a request is filled in: the proof is tried as far as possible', () => {
  assert.deepEqual(parseRequest(onboardRequestSchema, GOOD), { ...GOOD, prove: 'if-possible' });
  assert.deepEqual(parseRequest(revokeRequestSchema, GOOD), GOOD);
});

test('a request for a person may wait for their login, or make it', () => {
  const waits = { ...GOOD, waitForLogin: '7d', provider: 'corp ldap' };
  assert.deepEqual(parseRequest(onboardRequestSchema, waits), { ...waits, prove: 'if-possible' });
  const makes = { ...GOOD, provision: true, providerUser: 'uid=alice,dc=corp' };
  assert.deepEqual(parseRequest(onboardRequestSchema, makes), { ...makes, prove: 'if-possible' });
  const group = { ...GOOD, subject: { kind: 'Group', name: 'devs' }, provision: false };
  assert.equal(parseRequest(onboardRequestSchema, group).provision, false);
});

interface Bad {
  readonly what: string;
  readonly input: unknown;
  readonly message: RegExp;
}

const BAD: readonly Bad[] = [
  { what: 'nothing', input: undefined, message: /^request: / },
  { what: 'a list', input: [GOOD], message: /^request: / },
  { what: 'an unknown field', input: { ...GOOD, acceses: [] }, message: /^request: .*"acceses"/ },
  {
    what: 'no target',
    input: { ...GOOD, target: undefined },
    message: /^target: .*expected string, received undefined/,
  },
  {
    what: 'a target with a slash',
    input: { ...GOOD, target: 'prod/eu' },
    message: /^target: "prod\/eu" a target is lower-case/,
  },
  { what: 'no access', input: { ...GOOD, accesses: [] }, message: /^accesses: .*at least one/ },
  {
    what: 'an access twice',
    input: { ...GOOD, accesses: ['pull:a', 'pull:a'] },
    message: /^accesses: names an access twice/,
  },
  {
    what: '21 accesses',
    input: { ...GOOD, accesses: Array.from({ length: 21 }, (_, index) => `pull:ns-${index}`) },
    message: /^accesses: must name at most 20 accesses/,
  },
  {
    what: 'a malformed access',
    input: { ...GOOD, accesses: ['pull:team-a', 'pul:team-a'] },
    message: /^accesses\[1\]: "pul:team-a" is not an access; write /,
  },
  {
    what: 'a member to prove by whose name is too long for one',
    input: { ...GOOD, subject: { kind: 'Group', name: 'devs' }, proveAs: 'a'.repeat(254) },
    message: /^proveAs: must have at most 253 characters$/,
  },
  {
    what: "a member to prove by who is the cluster's own",
    input: { ...GOOD, subject: { kind: 'Group', name: 'devs' }, proveAs: 'system:admin' },
    message: /^proveAs: "system:admin" is one of the cluster's own identities/,
  },
  {
    what: 'a wrong way to prove',
    input: { ...GOOD, prove: 'maybe' },
    message: /^prove: "maybe" .*"required"\|"if-possible"\|"review"/,
  },
  {
    what: 'an empty name',
    input: { ...GOOD, subject: { kind: 'User', name: '' } },
    message: /^subject\.name: "" must not be empty/,
  },
  {
    what: 'a long reason',
    input: { ...GOOD, reason: 'x'.repeat(501) },
    message: /^reason: must have at most 500 characters$/,
  },
  {
    what: 'a wait that is no duration',
    input: { ...GOOD, waitForLogin: 'a week' },
    message:
      /^waitForLogin: "a week" is not a duration; write a number and s, m, h, d or w, such as/,
  },
  {
    what: 'a wait of a year',
    input: { ...GOOD, waitForLogin: '365d' },
    message: /^waitForLogin: "365d" is too long to wait for a login; the most is 90d$/,
  },
  {
    what: 'a wait for the login of a group',
    input: { ...GOOD, subject: { kind: 'Group', name: 'devs' }, waitForLogin: '7d' },
    message: /^waitForLogin: "7d" is for people: no one else logs in$/,
  },
  {
    what: 'a login made for a service account',
    input: {
      ...GOOD,
      subject: { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
      provision: true,
    },
    message: /^provision: is for people/,
  },
  {
    what: 'a provider with a colon',
    input: { ...GOOD, provider: 'corp:ldap' },
    message: /^provider: "corp:ldap" is no identity provider's name/,
  },
  {
    what: 'a name at the provider without a login to make',
    input: { ...GOOD, providerUser: 'a4711' },
    message: /^providerUser: "a4711" goes with provision/,
  },
  {
    what: 'a member to prove it by without a name',
    input: { ...GOOD, subject: { kind: 'Group', name: 'devs' }, proveAs: '' },
    message: /^proveAs: "" must not be empty/,
  },
  {
    what: 'a member with too long a name',
    input: { ...GOOD, subject: { kind: 'Group', name: 'devs' }, proveAs: 'a'.repeat(254) },
    message: /^proveAs: must have at most 253 characters/,
  },
  {
    what: "a member who is the cluster's own",
    input: { ...GOOD, subject: { kind: 'Group', name: 'devs' }, proveAs: 'system:admin' },
    message: /^proveAs: "system:admin" is one of the cluster's own identities/,
  },
  {
    what: 'a number for a reason',
    input: { ...GOOD, reason: 7 },
    message: /^reason: .*expected string/,
  },
];

for (const { what, input, message } of BAD) {
  test(`${what} is InvalidRequest, and the message names the field`, () => {
    const error = thrownBy(input);
    assert.equal(error.type, 'InvalidRequest');
    assert.match(error.message, message);
  });
}

test('all that is wrong is said at once', () => {
  const { message } = thrownBy({ target: 'A B', subject: GOOD.subject, accesses: ['x', 'y'] });
  assert.match(message, /^target: .*; accesses\[0\]: "x" .*; accesses\[1\]: "y" /);
});

for (const field of ['reason', 'requestedBy']) {
  for (const secret of [TOKEN, JWT]) {
    test(`a ${field} that holds ${secret.slice(0, 7)}… is refused without repeating it`, () => {
      const { message } = thrownBy({ ...GOOD, [field]: `see ${secret} please` });
      assert.match(message, /looks like a token; remove it/);
      assert.ok(!message.includes(secret), message);
    });
  }
}

test('a token in any other field is not repeated either', () => {
  const { message } = thrownBy({ target: TOKEN, subject: GOOD.subject, accesses: [JWT] });
  assert.ok(!message.includes(TOKEN) && !message.includes(JWT), message);
});

test('a reason may talk about digests and dotted names', () => {
  const reason = 'pulls app@sha256:0123456789abcdef from registry.apps.example.com for v1.2.3';
  assert.equal(parseRequest(onboardRequestSchema, { ...GOOD, reason }).reason, reason);
});

for (const field of ['requestedBy', 'provider', 'providerUser', 'proveAs']) {
  for (const character of ['\u0085', '\u200b', '\u200d', '\u202e', '\ufe0f']) {
    const code = `\\u{${character.codePointAt(0)?.toString(16)}}`;
    test(`a ${field} with ${code} in it is refused, and shown with that code`, () => {
      const { message } = thrownBy({ ...GOOD, provision: true, [field]: `ali${character}ce` });
      assert.ok(message.includes(`${field}: "ali${code}ce" must hold no`), message);
    });
  }
}

test('a reason is one line, spelt as its script wants it', () => {
  const taken = ['می‌خواهم', 'क्‍ष', 'for the ❤️ team 👩‍👩‍👧', 'à 5\u00a0%', ''];
  for (const reason of taken) {
    assert.equal(parseRequest(onboardRequestSchema, { ...GOOD, reason }).reason, reason);
  }
  const refused = [
    'a\u200db',
    'two\nlines',
    'x\n',
    'a\u202eb',
    '\u200d',
    '❤️\ufe0f\ufe0f',
    'a\u{e0061}',
  ];
  for (const reason of refused) {
    assert.match(thrownBy({ ...GOOD, reason }).message, /^reason: .*must be one line without/);
  }
});

test('a text of any length is judged in no time', () => {
  const began = performance.now();
  const long = 'eyJ'.repeat(300_000);
  const { message } = thrownBy({ ...GOOD, reason: long, requestedBy: long, accesses: [long] });
  assert.ok(!message.includes('eyJ'));
  assert.ok(performance.now() - began < 3_000);
});

test('an access is taken from whomever it was given to', () => {
  for (const name of ['system:serviceaccounts', 'ali\u200bce']) {
    const request = { ...GOOD, subject: { kind: 'Group', name } };
    assert.deepEqual(parseRequest(revokeRequestSchema, request), request);
  }
});

function thrownBy(input: unknown): PurserError {
  try {
    parseRequest(onboardRequestSchema, input);
  } catch (error) {
    assert.ok(error instanceof PurserError);
    return error;
  }
  return assert.fail('the request was taken');
}

test('a check of identity providers names each wrong field', () => {
  const good = { target: 'prod', provider: 'corp ldap', user: 'alice' };
  assert.deepEqual(parseRequest(identityCheckRequestSchema, good), good);
  assert.deepEqual(parseRequest(identityCheckRequestSchema, { target: 'prod' }), {
    target: 'prod',
  });
  assert.throws(
    () => parseRequest(identityCheckRequestSchema, { target: 'Prod', provider: '', user: '' }),
    /target: "Prod" a target is .*; provider: "" must not be empty; user: "" must not be empty/,
  );
});

test('a request that is wrong in very many places is answered with a message that can be read', () => {
  const accesses = Array(10_000).fill('pul:team-a');
  const given = { target: 'prod', subject: { kind: 'User', name: 'alice' }, accesses };
  assert.throws(
    () => parseRequest(onboardRequestSchema, { ...given, ['x'.repeat(100_000)]: 1 }),
    (error) => error instanceof PurserError && error.message.length <= 4_000,
  );
});

test("a revocation takes whoever may have been granted something, whatever today's rules are", () => {
  const subject = { kind: 'Group', name: 'system:authenticated' };
  const request = { target: 'prod', subject, accesses: ['pull:team-a'] };
  assert.deepEqual(parseRequest(revokeRequestSchema, request), request);
});

const IMAGES = [
  [['pull:team-a'], 'app:v1', undefined],
  [['pull:team-a', 'pull:team-b'], 'team-b/app:v1', undefined],
  [['pull:team-a', 'push:team-b'], 'app:v1', undefined],
  [['pull:team-a', 'pull:team-b'], 'app:v1', /write NAMESPACE\/NAME:TAG/],
  [['pull:team-a'], 'team-b/app:v1', /is in none of the namespaces pulled from/],
  [['push:team-a'], 'app:v1', /proves a pull/],
  [['pull:*'], 'app:v1', /proves a pull/],
  [['pul:team-a'], 'app:v1', /is not an access/],
  [['pull:team-a'], 'app', /is no image; write NAME:TAG/],
  [['pull:team-a'], '../app:v1', /is no image/],
  [['pull:team-a'], 'a/b/c:v1', /is no image/],
  [['pull:team-a'], 'app:v1?x', /is no image/],
  [['pull:team-a'], `${'a-'.repeat(300)}:v1`, /at most 400 characters/],
] as const;

for (const [accesses, image, message] of IMAGES) {
  test(`the image ${image.slice(0, 30)} for ${accesses.join(', ')} is ${message === undefined ? 'taken' : 'refused'}`, () => {
    const subject = { kind: 'User', name: 'alice' };
    const { error } = onboardRequestSchema.safeParse({
      target: 'prod',
      subject,
      accesses: [...accesses],
      image,
    });
    if (message === undefined) assert.equal(error, undefined);
    else assert.match(error?.issues[0]?.message ?? '', message);
  });
}
