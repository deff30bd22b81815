import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoles } from '../../sandbox/bootstrap/cluster-roles.ts';

test('registry-admin may create subjectrulesreviews, and none of the other reviews', () => {
  const admin = clusterRoles().find(({ metadata }) => metadata.name === 'registry-admin');
  const { rules } = admin as unknown as {
    readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: unknown }[];
  };
  const reviews = rules.filter(({ resources }) =>
    resources.some((each) => each.endsWith('reviews')),
  );
  assert.deepEqual(
    reviews.map(({ resources, verbs }) => [resources, verbs]),
    [[['subjectrulesreviews'], ['create']]],
  );
});
