import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { beyond, describeRule } from '../../../src/access/model/compare-roles.ts';
import { ROLE_NAMES, STOCK_ROLES } from '../../../src/access/model/stock-roles.ts';
import { clusterRoles } from '../../../sandbox/bootstrap/cluster-roles.ts';

const words = z.array(z.string()).default([]);
const rulesSchema = z.array(z.object({ apiGroups: words, resources: words, verbs: words }));

// Two tables were written from the same source: the sandbox's, and the one that Purser compares with.
for (const name of ROLE_NAMES.filter((each) => each !== 'prometheus-scraper')) {
  test(`${name} holds in the sandbox what Purser takes for OpenShift's own`, () => {
    const role = clusterRoles().find(({ metadata }) => metadata.name === name);
    const rules = rulesSchema.parse(role?.['rules']);
    assert.deepEqual(beyond(rules, STOCK_ROLES[name]).map(describeRule), []);
    // Releases differ in the reviews of registry-admin, and Purser lets all of them pass.
    const missing = beyond(STOCK_ROLES[name], rules).filter(
      ({ resources = [] }) => !resources.every((each) => each.endsWith('reviews')),
    );
    assert.deepEqual(missing.map(describeRule), []);
  });
}

test("prometheus-scraper is no role of OpenShift's, nor of the sandbox's", () => {
  assert.ok(clusterRoles().every(({ metadata }) => metadata.name !== 'prometheus-scraper'));
});
