import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../src/domain/subject.ts';
import {
  onboardId,
  proofQueue,
  revokeId,
  SEARCH_ATTRIBUTES,
  targetQueue,
} from '../../workflows/contract.ts';

const IDS: readonly (readonly [Subject, string])[] = [
  [{ kind: 'User', name: 'alice' }, 'onboard/prod/User/alice'],
  [{ kind: 'Group', name: 'devs' }, 'onboard/prod/Group/devs'],
  [
    { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' },
    'onboard/prod/ServiceAccount/team-a%3Aci',
  ],
  [{ kind: 'User', name: 'jane@corp.example' }, 'onboard/prod/User/jane%40corp.example'],
  // A name with a slash must not pass for another subject's id.
  [{ kind: 'User', name: '../Group/devs' }, 'onboard/prod/User/..%2FGroup%2Fdevs'],
  [{ kind: 'User', name: 'a%2Fb' }, 'onboard/prod/User/a%252Fb'],
];

for (const [subject, id] of IDS) {
  test(`an onboarding has the id ${id}, and a revocation one of its own`, () => {
    assert.equal(onboardId('prod', subject), id);
    assert.equal(revokeId('prod', subject), id.replace('onboard', 'revoke'));
  });
}

test('a target has a queue for its steps, and one for what takes tokens', () => {
  assert.equal(targetQueue('prod'), 'purser.prod');
  assert.equal(proofQueue('prod'), 'purser.prod.proof');
});

test('the search attributes fit SQL visibility: ten keywords and three of other types', () => {
  const types = Object.values(SEARCH_ATTRIBUTES).map(({ type }) => type);
  assert.ok(types.filter((type) => type === 'KEYWORD').length <= 10);
  for (const other of ['KEYWORD_LIST', 'DATETIME']) {
    assert.ok(types.filter((type) => type === other).length <= 3);
  }
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
