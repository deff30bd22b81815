import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccess } from '../../../src/access/model/access.ts';
import {
  planProof,
  planRefusal,
  scopesFor,
  stepName,
} from '../../../src/access/model/proof/plan.ts';

const PROOFS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['pull:team-a'], ['pull team-a', 'push team-a refused', 'pull default refused']],
  [['push:team-b'], ['push team-b', 'pull default refused']],
  [['admin:team-c'], ['push team-c', 'pull default refused']],
  [['metrics'], ['metrics', 'pull default refused']],
  [['pull:*'], ['pull default', 'push default refused']],
  [
    ['pull:team-a', 'push:team-b', 'metrics'],
    ['push team-b', 'pull team-a', 'metrics', 'push team-a refused', 'pull default refused'],
  ],
  // Whoever may push may pull: one act proves both, and the push is not to be refused.
  [
    ['pull:team-a', 'push:team-a'],
    ['push team-a', 'pull default refused'],
  ],
  [
    ['push:team-a', 'admin:team-a'],
    ['push team-a', 'pull default refused'],
  ],
  // The outside is a namespace that is not granted.
  [['pull:default'], ['pull default', 'push default refused', 'pull kube-public refused']],
  [
    ['push:default', 'pull:kube-public', 'admin:kube-node-lease'],
    ['push default', 'push kube-node-lease', 'pull kube-public', 'push kube-public refused'],
  ],
  [
    ['pull:*', 'push:team-b'],
    ['push team-b', 'pull default', 'push default refused'],
  ],
  [
    ['pull:*', 'pull:default'],
    ['pull default', 'push default refused'],
  ],
  [['pull:*', 'push:default'], ['push default']],
];

for (const [accesses, acts] of PROOFS) {
  test(`${accesses.join(' and ')} is proven by: ${acts.join(', ')}`, () => {
    assert.deepEqual(planProof(accesses.map(parseAccess)).map(stepName), acts);
  });
}

const REFUSALS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['pull:team-a'], ['pull team-a refused']],
  [['push:team-b'], ['push team-b refused']],
  [['admin:team-c'], ['push team-c refused']],
  [['metrics'], ['metrics refused']],
  [['pull:*'], ['pull default refused']],
  [
    ['pull:team-a', 'metrics'],
    ['pull team-a refused', 'metrics refused'],
  ],
];

for (const [accesses, acts] of REFUSALS) {
  test(`that ${accesses.join(' and ')} was taken back is proven by: ${acts.join(', ')}`, () => {
    assert.deepEqual(planRefusal(accesses.map(parseAccess)).map(stepName), acts);
  });
}

test('the token of a pull can push in the same namespace, so that RBAC and not a scope refuses it', () => {
  assert.deepEqual(scopesFor(planProof([parseAccess('pull:team-a')]), 'product'), [
    'role:system:basic-user:*',
    'role:registry-viewer:team-a',
    'role:registry-editor:team-a',
    'role:registry-viewer:default',
  ]);
});

test('every act of every plan is within the scopes of its token', () => {
  for (const [accesses] of PROOFS) {
    const plan = planProof(accesses.map(parseAccess));
    for (const act of plan) {
      const wanted = scopeOf(act);
      assert.ok(scopesFor(plan, 'least').includes(wanted), `${stepName(act)} needs ${wanted}`);
    }
  }
});

test('the scopes of a refusal are those of what is refused, each once', () => {
  const plan = planRefusal(['push:a', 'admin:a', 'metrics'].map(parseAccess));
  assert.deepEqual(scopesFor(plan, 'product'), [
    'role:system:basic-user:*',
    'role:registry-editor:a',
    'role:prometheus-scraper:*',
  ]);
});

function scopeOf(act: ReturnType<typeof planProof>[number]): string {
  switch (act.do) {
    case 'metrics':
    case 'refuse-metrics':
      return 'role:prometheus-scraper:*';
    case 'push':
    case 'refuse-push':
      return `role:system:image-builder:${act.namespace}`;
    case 'pull':
    case 'refuse-pull':
      return `role:system:image-puller:${act.namespace}`;
  }
}
