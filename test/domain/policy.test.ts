import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccess } from '../../src/domain/access.ts';
import { DEFAULT_POLICY, refusal } from '../../src/domain/policy.ts';

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
    const said = refusal(parseAccess(text), DEFAULT_POLICY);
    if (told === undefined) assert.equal(said, undefined);
    else assert.match(said ?? '', told);
  });
}

test('what a configuration names is handed out', () => {
  const policy = { accesses: ['admin', 'pull:*'], protectedNamespaces: [] };
  assert.equal(refusal(parseAccess('admin:kube-system'), policy), undefined);
  assert.equal(refusal(parseAccess('pull:*'), policy), undefined);
  assert.match(refusal(parseAccess('pull:team-a'), policy) ?? '', /add pull there/);
});

test('a target that hands out nothing says so', () => {
  const policy = { accesses: [], protectedNamespaces: [] };
  assert.match(refusal(parseAccess('pull:a'), policy) ?? '', /grants\.accesses: none/);
});

test('only the star of a pattern is special', () => {
  const policy = { accesses: ['pull'], protectedNamespaces: ['team.a', '*-prod', 'a*z', '(x'] };
  const refused = ['team-a', 'web-prod', '-prod', 'az', 'abcz', 'abc', 'prod'].filter(
    (namespace) => refusal({ level: 'pull', namespace }, policy) !== undefined,
  );
  assert.deepEqual(refused, ['web-prod', '-prod', 'az', 'abcz']);
});
