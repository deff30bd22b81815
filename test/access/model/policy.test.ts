import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccess } from '../../../src/access/model/access.ts';
import {
  DEFAULT_POLICY,
  policyViolation,
  subjectRefusal,
} from '../../../src/access/model/policy.ts';

const DEFAULTS: readonly (readonly [string, RegExp | undefined])[] = [
  ['pull:team-a', undefined],
  ['push:team-a', undefined],
  ['metrics', undefined],
  ['admin:team-a', /grants\.accesses: pull, push, metrics\); add admin there/],
  ['pull:*', /grants\.accesses: .*add pull:\* there/],
  ['pull:default', /grants\.protectedNamespaces holds default/],
  ['pull:openshift', /protectedNamespaces holds openshift\)/],
  ['pull:kube-system', /protectedNamespaces holds kube-\*/],
  ['push:openshift-image-registry', /protectedNamespaces holds openshift-\*/],
  // A pattern is for the whole name.
  ['pull:defaults', undefined],
  ['pull:my-default', undefined],
  ['pull:my-kube-system', undefined],
  ['pull:kube', undefined],
  ['pull:openshifty', undefined],
];

for (const [text, told] of DEFAULTS) {
  test(`by default ${text} is ${told === undefined ? 'handed out' : 'refused, naming the setting'}`, () => {
    const said = policyViolation(parseAccess(text), DEFAULT_POLICY);
    if (told === undefined) assert.equal(said, undefined);
    else assert.match(said ?? '', told);
  });
}

test('an access that the configuration names is granted', () => {
  const policy = { accesses: ['admin', 'pull:*'], protectedNamespaces: [] };
  assert.equal(policyViolation(parseAccess('admin:kube-system'), policy), undefined);
  assert.equal(policyViolation(parseAccess('pull:*'), policy), undefined);
  assert.match(policyViolation(parseAccess('pull:team-a'), policy) ?? '', /add pull there/);
});

test('a target that grants nothing says so', () => {
  const policy = { accesses: [], protectedNamespaces: [] };
  assert.match(policyViolation(parseAccess('pull:a'), policy) ?? '', /grants\.accesses: none/);
});

test('only the star is a special character of a pattern', () => {
  const policy = { accesses: ['pull'], protectedNamespaces: ['team.a', '*-prod', 'a*z', '(x'] };
  const refused = ['team-a', 'web-prod', '-prod', 'az', 'abcz', 'abc', 'prod'].filter(
    (namespace) => policyViolation({ level: 'pull', namespace }, policy) !== undefined,
  );
  assert.deepEqual(refused, ['web-prod', '-prod', 'az', 'abcz']);
});

test('a pattern matches piece by piece, in order and without overlap', () => {
  const met = (pattern: string, namespace: string): boolean =>
    policyViolation(
      { level: 'pull', namespace },
      { accesses: ['pull'], protectedNamespaces: [pattern] },
    ) !== undefined;
  for (const [pattern, namespace, expected] of [
    ['*', 'a', true],
    ['**', 'a', true],
    ['a*', 'a', true],
    ['*a', 'a', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*ba', 'aba', false],
    ['*-b-*', 'a-b-c', true],
    ['*-b-*', 'a-b', false],
    ['a*b*c', 'a-c-b', false],
    ['a*b*c', 'abc-b-c', true],
  ] as const) {
    assert.equal(met(pattern, namespace), expected, `${pattern} on ${namespace}`);
  }
});

test('a pattern of many stars is matched at once', () => {
  const protectedNamespaces = [`${'*a'.repeat(2_000)}b`, `${'a*'.repeat(30)}b`];
  const began = performance.now();
  const namespace = 'a'.repeat(63);
  assert.equal(
    policyViolation({ level: 'pull', namespace }, { accesses: ['pull'], protectedNamespaces }),
    undefined,
  );
  assert.ok(performance.now() - began < 500);
});

test("the cluster's own groups are granted something only if the configuration has their full names", () => {
  const named = { ...DEFAULT_POLICY, systemGroups: ['system:serviceaccounts:team-a'] };
  const told = (name: string, policy = named) => subjectRefusal({ kind: 'Group', name }, policy);
  assert.equal(told('system:serviceaccounts:team-a'), undefined);
  assert.match(told('system:serviceaccounts') ?? '', /systemGroups: system:serviceaccounts:team-a/);
  assert.match(told('system:serviceaccounts:team-ab') ?? '', /add system:serviceaccounts:team-ab/);
  assert.match(
    subjectRefusal({ kind: 'Group', name: 'system:nodes' }, DEFAULT_POLICY) ?? '',
    /systemGroups: none/,
  );
  assert.equal(told('devs'), undefined);
  assert.equal(subjectRefusal({ kind: 'User', name: 'system:x' }, named), undefined);
});
