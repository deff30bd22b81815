import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS_RIGHT, pullRight, pushRight, rulesAllow } from '../../src/domain/rbac.ts';
import type { Right, Rule } from '../../src/domain/rbac.ts';

const IMAGE = 'image.openshift.io';
const LAYERS: Rule = { apiGroups: [IMAGE], resources: ['imagestreams/layers'], verbs: ['get'] };

test('the rights are those that the registry asks for, slash and all', () => {
  assert.deepEqual(pullRight('team-a'), {
    group: IMAGE,
    resource: 'imagestreams/layers',
    verb: 'get',
    namespace: 'team-a',
  });
  assert.deepEqual(pushRight(), { group: IMAGE, resource: 'imagestreams/layers', verb: 'update' });
  assert.deepEqual(METRICS_RIGHT, { group: IMAGE, resource: 'registry/metrics', verb: 'get' });
});

interface Row {
  readonly what: string;
  readonly rules: readonly Rule[];
  readonly right: Right;
  readonly gives: boolean;
}

const pull = pullRight('team-a');
const ROWS: readonly Row[] = [
  { what: 'no rule', rules: [], right: pull, gives: false },
  { what: 'an empty rule', rules: [{}], right: pull, gives: false },
  { what: 'the very rule', rules: [LAYERS], right: pull, gives: true },
  { what: 'a rule for pulls', rules: [LAYERS], right: pushRight('team-a'), gives: false },
  { what: 'every verb', rules: [{ ...LAYERS, verbs: ['*'] }], right: pushRight('a'), gives: true },
  { what: 'every group', rules: [{ ...LAYERS, apiGroups: ['*'] }], right: pull, gives: true },
  { what: 'another group', rules: [{ ...LAYERS, apiGroups: [''] }], right: pull, gives: false },
  { what: 'every resource', rules: [{ ...LAYERS, resources: ['*'] }], right: pull, gives: true },
  { what: '*/layers', rules: [{ ...LAYERS, resources: ['*/layers'] }], right: pull, gives: true },
  {
    what: '*/metrics',
    rules: [{ ...LAYERS, resources: ['*/metrics'] }],
    right: pull,
    gives: false,
  },
  {
    what: 'the resource without its slash',
    rules: [{ ...LAYERS, resources: ['imagestreams'] }],
    right: pull,
    gives: false,
  },
  {
    what: 'a rule for one stream',
    rules: [{ ...LAYERS, resourceNames: ['web'] }],
    right: pull,
    gives: false,
  },
  {
    what: 'no resource names',
    rules: [{ ...LAYERS, resourceNames: [] }],
    right: pull,
    gives: true,
  },
  {
    what: 'two rules with half of it each',
    rules: [
      { ...LAYERS, verbs: ['list'] },
      { ...LAYERS, apiGroups: ['apps'] },
    ],
    right: pull,
    gives: false,
  },
];

for (const { what, rules, right, gives } of ROWS) {
  test(`${what} ${gives ? 'gives' : 'does not give'} ${right.verb} on ${right.resource}`, () => {
    assert.equal(rulesAllow(rules, right), gives);
  });
}
