// What whoever may write bindings in one namespace could make of the names in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Binding } from '../../src/kubernetes/api/objects.ts';
import { bindingPlace, createGrant, grantRecord } from '../../src/access/grants/bindings.ts';
import { decidedOf, deleteDecided, deleteUnchanged } from '../../src/access/grants/delete.ts';
import { describeForeign } from '../../src/access/grants/find.ts';
import {
  differencesOf,
  standsFor,
  staleness,
  describeDifferences,
} from '../../src/access/grants/record.ts';
import { bindingsThatGive } from '../../src/access/roles.ts';
import { decidedSchema } from '../../src/access/model/grants/revocation.ts';
import { pullRight } from '../../src/domain/rbac.ts';
import { GRANT, IN_TEAM_A, NAME, RBAC, start } from '../access/grants/grant.ts';

const GIANT = '"'.repeat(1_200_000);
const ESCAPE = '\u001b[2J\u202egone';
const DEVS = { kind: 'Group', name: 'devs' } as const;

function user(name: string) {
  return { kind: 'User', name };
}
function binding(
  ...subjects: readonly { readonly kind: string; readonly name: string }[]
): Binding {
  return {
    metadata: { name: NAME, namespace: 'team-a' },
    roleRef: { kind: 'ClusterRole', name: 'registry-viewer' },
    subjects: [...subjects],
  };
}

for (const [what, name] of [
  ['a giant', GIANT],
  ['a name that commands terminals', ESCAPE],
] as const) {
  test(`messages about ${what} are short, and hold nothing that cannot be seen`, () => {
    const strange: Binding = {
      ...binding(user('alice'), user(name), { kind: 'Group', name }),
      roleRef: { kind: 'Role', name },
    };
    const record = grantRecord({ ...strange, metadata: { name } }, GRANT.access, 'before');
    const texts = [
      describeDifferences(differencesOf(strange, GRANT), GRANT),
      standsFor(strange),
      describeForeign(strange),
      bindingPlace('team-a', name),
      record.role,
      record.binding,
      staleness({ subject: name, subjectUid: name }, 'u-2'),
    ];
    for (const text of texts) {
      assert.ok(text !== undefined && text.length < 1_500, String(text?.length));
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
    }
  });
}

test('two giants that differ in their last character only are two', () => {
  const [a, b] = [binding(user(`${GIANT}a`)), binding(user(`${GIANT}b`))];
  assert.notEqual(decidedOf(a).stands, decidedOf(b).stands);
});

test('a binding with a giant added is left as it is, and deleted where that is wanted', async (t) => {
  const { store, cluster } = await start(t);
  const { binding: own } = await createGrant(cluster, GRANT);
  const edited = { ...own, subjects: [...(own.subjects ?? []), user(GIANT)] };
  store.objects.set(`${IN_TEAM_A}/${NAME}`, edited);
  const kept = await deleteUnchanged(cluster, edited, GRANT);
  assert.equal(kept.is, 'not-ours-any-more');
  assert.ok(JSON.stringify(kept).length < 1_000);
  assert.deepEqual(await deleteDecided(cluster, decidedOf(edited)), { is: 'deleted' });
});

test("a maker's mark that somebody has filled up is no hindrance to a deletion", async (t) => {
  const { store, cluster } = await start(t);
  const { binding: own } = await createGrant(cluster, GRANT);
  const annotations = { ...own.metadata.annotations, 'purser.dev/made-by': GIANT };
  const edited = { ...own, metadata: { ...own.metadata, annotations } };
  store.objects.set(`${IN_TEAM_A}/${NAME}`, edited);
  const decided = decidedSchema.parse(decidedOf(edited));
  assert.deepEqual(await deleteDecided(cluster, decided), { is: 'deleted' });
});

test('a person who is called like the group stands beside it, and is told apart', () => {
  const grant = { ...GRANT, subject: DEVS };
  const beside = binding(DEVS, user('Group/devs'));
  const differs = describeDifferences(differencesOf(beside, grant), grant);
  assert.equal(differs, 'gives it to User/Group/devs as well, added by hand');
  assert.notEqual(decidedOf(beside).stands, decidedOf(binding(DEVS)).stands);
  const instead = describeDifferences(differencesOf(binding(user('Group/devs')), grant), grant);
  assert.match(instead ?? '', /User\/Group\/devs as well.* and no longer names Group\/devs/);
});

test('a role whose name cannot be asked for gives nothing, and fails no look at the others', async (t) => {
  const { store, cluster } = await start(t);
  store.put(`${RBAC}/clusterroles`, {
    metadata: { name: 'good' },
    rules: [
      { apiGroups: ['image.openshift.io'], resources: ['imagestreams/layers'], verbs: ['get'] },
    ],
  });
  for (const [index, name] of ['..', 'a/b', '', GIANT, 'good'].entries()) {
    store.put(IN_TEAM_A, {
      ...binding(user('alice')),
      metadata: { name: `b-${index}`, namespace: 'team-a' },
      roleRef: { kind: 'ClusterRole', name },
    });
  }
  const holder = { subject: GRANT.subject, groups: [] };
  const ways = await bindingsThatGive(cluster, holder, pullRight('team-a'));
  assert.deepEqual(ways, ['RoleBinding team-a/b-4 (good)']);
});
