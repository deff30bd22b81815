import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rule } from '../../../src/domain/rbac.ts';
import { beyond, describeRule } from '../../../src/access/model/compare-roles.ts';
import { ROLE_NAMES, STOCK_ROLES } from '../../../src/access/model/stock-roles.ts';

function rule(group: string, resource: string, verbs: string, name?: string): Rule {
  return {
    apiGroups: [group],
    resources: [resource],
    verbs: verbs.split(','),
    ...(name === undefined ? {} : { resourceNames: [name] }),
  };
}
function url(path: string, verbs = 'get'): Rule {
  return { nonResourceURLs: [path], verbs: [verbs] };
}

interface Row {
  readonly what: string;
  readonly rules: readonly Rule[];
  readonly allowed: readonly Rule[];
  readonly beyond: readonly string[];
}

const PODS = rule('', 'pods', 'get,list');
const LAYERS = rule('image.openshift.io', 'imagestreams/layers', 'get');

const ROWS: readonly Row[] = [
  { what: 'the same', rules: [PODS], allowed: [PODS], beyond: [] },
  { what: 'nothing', rules: [], allowed: [PODS], beyond: [] },
  { what: 'one verb less', rules: [rule('', 'pods', 'get')], allowed: [PODS], beyond: [] },
  {
    what: 'the same by several rules',
    rules: [{ apiGroups: ['', 'apps'], resources: ['pods', 'secrets'], verbs: ['get'] }],
    allowed: [
      rule('', 'pods', 'get'),
      rule('', 'secrets', 'get'),
      { apiGroups: ['apps'], resources: ['pods', 'secrets'], verbs: ['get'] },
    ],
    beyond: [],
  },
  {
    what: 'one verb more',
    rules: [rule('', 'pods', 'get,delete')],
    allowed: [PODS],
    beyond: ['delete pods'],
  },
  {
    what: 'another group',
    rules: [rule('apps', 'pods', 'get')],
    allowed: [PODS],
    beyond: ['get apps/pods'],
  },
  { what: 'any verb', rules: [rule('', 'pods', '*')], allowed: [PODS], beyond: ['* pods'] },
  { what: 'any group', rules: [rule('*', 'pods', 'get')], allowed: [PODS], beyond: ['get */pods'] },
  { what: 'any resource', rules: [rule('', '*', 'get')], allowed: [PODS], beyond: ['get *'] },
  {
    what: 'what stars allow',
    rules: [PODS, LAYERS],
    allowed: [rule('*', '*', '*')],
    beyond: [],
  },
  {
    what: 'any subresource of that name',
    rules: [rule('image.openshift.io', '*/layers', 'get')],
    allowed: [LAYERS],
    beyond: ['get image.openshift.io/*/layers'],
  },
  {
    what: 'a subresource that a star before it allows',
    rules: [LAYERS],
    allowed: [rule('image.openshift.io', '*/layers', 'get')],
    beyond: [],
  },
  {
    what: 'a subresource of what is allowed',
    rules: [rule('', 'pods/exec', 'get')],
    allowed: [PODS],
    beyond: ['get pods/exec'],
  },
  {
    what: 'another case',
    rules: [rule('', 'Pods', 'get')],
    allowed: [PODS],
    beyond: ['get Pods'],
  },
  {
    what: 'one named object of what is allowed',
    rules: [rule('', 'pods', 'get', 'a')],
    allowed: [PODS],
    beyond: [],
  },
  {
    what: 'every object where one is allowed',
    rules: [rule('', 'pods', 'get')],
    allowed: [rule('', 'pods', 'get', 'a')],
    beyond: ['get pods'],
  },
  {
    what: 'another named object',
    rules: [rule('', 'pods', 'get', 'b')],
    allowed: [rule('', 'pods', 'get', 'a')],
    beyond: ['get pods named b'],
  },
  { what: 'a URL', rules: [url('/metrics')], allowed: [PODS], beyond: ['get /metrics'] },
  { what: 'a URL that is allowed', rules: [url('/a/b')], allowed: [url('/a/*')], beyond: [] },
  { what: 'any URL', rules: [url('*')], allowed: [url('/a/*')], beyond: ['get *'] },
  {
    what: 'a URL by another verb',
    rules: [url('/a', 'put')],
    allowed: [url('/a')],
    beyond: ['put /a'],
  },
  { what: 'a rule that gives nothing', rules: [{ verbs: ['*'] }], allowed: [], beyond: [] },
];

for (const row of ROWS) {
  test(`${row.what} is ${row.beyond.length === 0 ? 'not more' : 'more'}`, () => {
    assert.deepEqual(beyond(row.rules, row.allowed).map(describeRule), row.beyond);
  });
}

test('extra rights are listed as few rules, which would allow them', () => {
  const rules = [
    { apiGroups: ['', 'apps'], resources: ['pods', 'secrets'], verbs: ['get', 'list'] },
  ];
  const extra = beyond(rules, [rule('', 'services', 'get')]);
  assert.deepEqual(extra, rules);
  assert.deepEqual(beyond(rules, extra), []);
});

test('a role that is too large to compare counts as more, and costs no time', () => {
  const many = Array.from({ length: 3_000 }, (_, index) => `r-${index}`);
  const began = performance.now();
  const huge = { apiGroups: many, resources: many, verbs: many };
  assert.deepEqual(beyond([huge], [rule('*', '*', 'get')]).length, 1);
  assert.ok(performance.now() - began < 2_000);
});

test('every role that is granted has as many rights as itself, and registry-editor more than a viewer', () => {
  for (const name of ROLE_NAMES) {
    assert.deepEqual(beyond(STOCK_ROLES[name], STOCK_ROLES[name]), []);
  }
  assert.deepEqual(Object.keys(STOCK_ROLES), [...ROLE_NAMES]);
  const more = beyond(STOCK_ROLES['registry-editor'], STOCK_ROLES['registry-viewer']);
  assert.ok(more.map(describeRule).some((each) => each.includes(' secrets,serviceaccounts')));
});
