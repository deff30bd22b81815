import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accessSchema,
  allowsPush,
  formatAccess,
  parseAccess,
  roleOf,
  extraRights,
} from '../../../src/access/model/access.ts';
import type { Access } from '../../../src/access/model/access.ts';

const ACCESSES: readonly (readonly [string, Access])[] = [
  ['pull:team-a', { level: 'pull', namespace: 'team-a' }],
  ['push:team-b', { level: 'push', namespace: 'team-b' }],
  ['admin:team-c', { level: 'admin', namespace: 'team-c' }],
  ['pull:*', { level: 'pull' }],
  ['metrics', { level: 'metrics' }],
];

for (const [text, access] of ACCESSES) {
  test(`${text} is read, and written as it was read`, () => {
    assert.equal(accessSchema.parse(text), text);
    assert.deepEqual(parseAccess(text), access);
    assert.equal(formatAccess(access), text);
  });
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /is not an access; write pull:<namespace>/],
  ['pul:team-a', /is not an access; write pull:<namespace>/],
  ['pull', /is not an access/],
  ['pull:', /is not an access/],
  ['PULL:team-a', /is not an access/],
  ['metrics:team-a', /is not an access/],
  ['metrics:*', /is not an access/],
  ['pull:team-a:web', /is not an access/],
  [' pull:team-a', /is not an access/],
  ['pull:team-a\n', /names no valid namespace/],
  ['push:*', /there is no cluster-wide push, name a namespace/],
  ['admin:*', /there is no cluster-wide admin, name a namespace/],
  ['pull:Team_A', /names no valid namespace: a namespace is lower-case/],
  ['pull:-a', /names no valid namespace/],
  ['pull:../x', /names no valid namespace/],
  [`pull:${'a'.repeat(64)}`, /names no valid namespace.*at most 63/],
];

for (const [text, message] of REFUSED) {
  test(`${JSON.stringify(text.slice(0, 20))} is not an access, and the message says why`, () => {
    const result = accessSchema.safeParse(text);
    assert.equal(result.success, false);
    assert.match(result.error?.issues[0]?.message ?? '', message);
    assert.throws(() => parseAccess(text), RangeError);
  });
}

test('a namespace of 63 characters is the longest there is', () => {
  assert.ok(accessSchema.safeParse(`pull:${'a'.repeat(63)}`).success);
});

const ROLES = [
  ['pull:team-a', 'registry-viewer', 'system:image-puller'],
  ['pull:*', 'registry-viewer', 'system:image-puller'],
  ['push:team-a', 'registry-editor', 'system:image-builder'],
  ['admin:team-a', 'registry-admin', 'registry-admin'],
  ['metrics', 'prometheus-scraper', 'prometheus-scraper'],
] as const;

for (const [text, product, least] of ROLES) {
  test(`${text} is the role ${product} of the documentation, and at the least ${least}`, () => {
    assert.equal(roleOf(parseAccess(text), 'product'), product);
    assert.equal(roleOf(parseAccess(text), 'least'), least);
  });
}

test('only push and admin write images', () => {
  const writers = ACCESSES.filter(([, access]) => allowsPush(access)).map(([text]) => text);
  assert.deepEqual(writers, ['push:team-b', 'admin:team-c']);
});

const BESIDE = [
  ['pull:*', 'product', /opens the images of every namespace: of the protected ones, too/],
  ['pull:team-a', 'product', undefined],
  ['metrics', 'product', undefined],
  ['push:team-b', 'product', /Secrets and ServiceAccounts of team-b; "roles: least" avoids it/],
  ['push:team-b', 'least', undefined],
  ['admin:team-c', 'product', /Secrets of team-c and hands out roles there/],
  ['admin:team-c', 'least', /Secrets of team-c/],
] as const;

for (const [text, roles, told] of BESIDE) {
  const what = told === undefined ? 'gives nothing beside images' : 'says what it gives besides';
  test(`${text} with the ${roles} roles ${what}`, () => {
    const beside = extraRights(parseAccess(text), roles);
    if (told === undefined) assert.equal(beside, undefined);
    else assert.match(beside ?? '', told);
  });
}

test('the extra rights of a role are those of the role on the cluster', () => {
  const push = parseAccess('push:team-b');
  const pull = parseAccess('pull:team-b');
  const secrets = { apiGroups: [''], resources: ['secrets'] };
  const told = (access: Access, verbs: readonly string[], more: object = {}) =>
    extraRights(access, 'product', [{ ...secrets, verbs, ...more }]);
  assert.equal(extraRights(push, 'product', []), undefined);
  assert.match(
    told(push, ['get'], { resourceNames: ['a'] }) ?? '',
    /^registry-editor also reads the Secrets of team-b/,
  );
  assert.match(told(push, ['create']) ?? '', /also writes the Secrets of team-b/);
  assert.match(
    told(pull, ['*']) ?? '',
    /^registry-viewer also reads and writes the Secrets of team-b and gives more than OpenShift's own: \* secrets; "roles: least" avoids it$/,
  );
});
