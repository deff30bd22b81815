import assert from 'node:assert/strict';
import test from 'node:test';
import { patcherOf } from '../../../sandbox/openshift-api/rest/patch.ts';
import { fieldMatch, labelMatch } from '../../../sandbox/openshift-api/rest/selectors.ts';
import { ApiError } from '../../../sandbox/openshift-api/rest/status.ts';
import { objectNameOf } from '../../../sandbox/openshift-api/token-name.ts';
import {
  roleScope,
  rulesUnderScope,
  ruleSchema,
  scopeFaults,
} from '../../../sandbox/openshift-api/webhooks/scopes.ts';

function refusal(code: number) {
  return (error: unknown) => error instanceof ApiError && error.status.code === code;
}

test("a token's object is named by the hash of its text without the prefix", () => {
  const vector = 'sha256~DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo';
  assert.equal(objectNameOf(`sha256~${'A'.repeat(43)}`), vector);
  assert.equal(objectNameOf('A'.repeat(43)), undefined);
  assert.equal(objectNameOf('sha256~'), undefined);
});

const labelled = { metadata: { name: 'x', labels: { team: 'a', tier: '' } } };
for (const [selector, matches] of [
  ['', true],
  ['team=a', true],
  ['team==a', true],
  ['team=b', false],
  ['team!=b', true],
  ['missing!=b', true],
  ['team in (a, b)', true],
  ['team in (b)', false],
  ['team notin (b,c)', true],
  ['missing notin (b)', true],
  ['missing in ()', false],
  ['team', true],
  ['tier', true],
  ['!team', false],
  ['!missing', true],
  ['team=a,tier in (,x),!missing', true],
  ['purser.dev/of=x', false],
] as const) {
  test(`the label selector "${selector}" ${matches ? 'takes' : 'leaves'} an object labelled team=a,tier=`, () => {
    assert.equal(labelMatch(selector)(labelled), matches);
  });
}

test('a field selector compares values with colons and tildes, and refuses a field that cannot be selected', () => {
  const object = { metadata: { name: 'corp:jane@corp.com' } };
  const match = (selector: string) => fieldMatch(selector, () => ({ a: 'b=c' }), ['a'])(object);
  assert.equal(match('metadata.name=corp:jane@corp.com'), true);
  assert.equal(match('metadata.name!=corp:jane@corp.com'), false);
  assert.equal(match(String.raw`a=b\=c,metadata.name==corp:jane@corp.com`), true);
  assert.throws(() => match('spec.x=1'), refusal(400));
});

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
for (const [type, patch, result] of [
  [MERGE_PATCH, { a: null, b: { d: 1 } }, { b: { c: 1, d: 1 }, list: [1, 2] }],
  [MERGE_PATCH, { list: [3] }, { a: 1, b: { c: 1 }, list: [3] }],
  [JSON_PATCH, [{ op: 'add', path: '/list/-', value: 3 }], { a: 1, b: { c: 1 }, list: [1, 2, 3] }],
  [JSON_PATCH, [{ op: 'add', path: '/list/0', value: 0 }], { a: 1, b: { c: 1 }, list: [0, 1, 2] }],
  [JSON_PATCH, [{ op: 'remove', path: '/b/c' }], { a: 1, b: {}, list: [1, 2] }],
  [JSON_PATCH, [{ op: 'replace', path: '/a', value: 2 }], { a: 2, b: { c: 1 }, list: [1, 2] }],
  [
    JSON_PATCH,
    [{ op: 'move', from: '/a', path: '/b/a~1x' }],
    { b: { c: 1, 'a/x': 1 }, list: [1, 2] },
  ],
  [
    JSON_PATCH,
    [{ op: 'copy', from: '/list', path: '/b/l' }],
    { a: 1, b: { c: 1, l: [1, 2] }, list: [1, 2] },
  ],
  [JSON_PATCH, [{ op: 'test', path: '/a', value: 2 }], 422],
  [JSON_PATCH, [{ op: 'remove', path: '/nothing' }], 422],
  [JSON_PATCH, [{ op: 'add', path: '/no/where', value: 1 }], 422],
  [JSON_PATCH, [{ op: 'invent', path: '/a' }], 400],
  ['application/apply-patch+yaml', {}, 415],
] as const) {
  test(`the ${type} ${JSON.stringify(patch)} gives ${JSON.stringify(result)}`, () => {
    const target = { a: 1, b: { c: 1 }, list: [1, 2] };
    const run = () => patcherOf(type)(target, patch);
    if (typeof result === 'number') {
      assert.throws(run, refusal(result));
    } else {
      assert.deepEqual(run(), result);
    }
    assert.deepEqual(target, { a: 1, b: { c: 1 }, list: [1, 2] });
  });
}

test("a role scope's role may hold colons, its namespace may not", () => {
  const role = 'system:image-puller';
  assert.deepEqual(roleScope(`role:${role}:team-a`), {
    role,
    namespace: 'team-a',
    escalating: false,
  });
  assert.deepEqual(roleScope('role:edit:*:!'), { role: 'edit', namespace: '*', escalating: true });
  assert.equal(roleScope('role:edit'), undefined);
  assert.equal(roleScope('role::team-a'), undefined);
});

test('a role scope without :! drops rules with a star and cuts what escalates', () => {
  const rules = [
    ruleSchema.parse({ verbs: ['*'], apiGroups: [''], resources: ['pods'] }),
    ruleSchema.parse({ verbs: ['get'], apiGroups: [''], resources: ['pods', 'secrets'] }),
  ];
  assert.deepEqual(rulesUnderScope(rules, true), rules);
  assert.deepEqual(
    rulesUnderScope(rules, false).map(({ resources }) => resources),
    [['pods']],
  );
});

const restrictions = [
  { literals: ['user:info'] },
  { clusterRole: { roleNames: ['registry-viewer'], namespaces: ['*'], allowEscalation: false } },
];
for (const [scope, faults] of [
  ['user:info', 0],
  ['role:registry-viewer:team-a', 0],
  ['user:full', 1],
  ['role:registry-editor:team-a', 2],
  ['role:registry-viewer:team-a:!', 2],
] as const) {
  test(`a client restricted to user:info and registry-viewer has ${faults} faults to find with ${scope}`, () => {
    assert.equal(scopeFaults(scope, restrictions).length, faults);
    assert.equal(scopeFaults(scope, []).length, 0);
  });
}
