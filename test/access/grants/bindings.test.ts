import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFinding } from '../../../src/domain/finding.ts';
import {
  createGrant,
  findGrant,
  grantRecord,
  listGrants,
} from '../../../src/access/grants/bindings.ts';
import type { Binding } from '../../../src/kubernetes/api/objects.ts';
import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { parseAccess } from '../../../src/access/model/access.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { GRANT, IN_TEAM_A, NAME, RBAC, start } from './grant.ts';
import { refusal } from '../../kubernetes/kube-server.ts';

async function conflictOf(asking: Promise<unknown>): Promise<string> {
  try {
    await asking;
  } catch (error) {
    assert.ok(error instanceof PurserError, String(error));
    assert.equal(error.type, 'Conflict');
    return error.message;
  }
  return assert.fail('nothing was thrown');
}

test('a grant is one binding that says for whom, why, and by which run it was made', async (t) => {
  const { store, kube, cluster } = await start(t);
  const { made, binding } = await createGrant(cluster, GRANT);
  assert.equal(made, true);
  assert.deepEqual(kube.lines(), [`POST ${IN_TEAM_A}`]);
  assert.deepEqual(store.objects.get(`${IN_TEAM_A}/${NAME}`), {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: {
      name: NAME,
      namespace: 'team-a',
      uid: binding.metadata.uid,
      resourceVersion: binding.metadata.resourceVersion,
      labels: {
        'purser.dev/managed': 'grant',
        'purser.dev/subject': subjectHash(binding),
        'purser.dev/access': 'pull',
        'purser.dev/installation': '0123456789abcdef',
      },
      annotations: {
        'purser.dev/subject': 'alice',
        'purser.dev/access': 'pull:team-a',
        'purser.dev/made-by': 'onboard/prod/User/alice/run-1',
        'purser.dev/state': 'pending',
        'purser.dev/subject-uid': 'u-1',
        'purser.dev/reason': 'joins the team',
        'purser.dev/requested-by-claimed': 'bob',
      },
    },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'registry-viewer',
    },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }],
  });
});

const SHAPES = [
  {
    grant: { subject: { kind: 'Group', name: 'devs' }, access: parseAccess('pull:*') },
    at: `${RBAC}/clusterrolebindings/purser:pull-everywhere:Group:devs`,
    kind: 'ClusterRoleBinding',
    subject: { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'devs' },
  },
  {
    grant: {
      subject: { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
      access: parseAccess('push:team-a'),
    },
    at: `${IN_TEAM_A}/purser:push:ServiceAccount:ci:bot`,
    kind: 'RoleBinding',
    subject: { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
  },
  {
    grant: { subject: { kind: 'User', name: 'prometheus' }, access: parseAccess('metrics') },
    at: `${RBAC}/clusterrolebindings/purser:metrics:User:prometheus`,
    kind: 'ClusterRoleBinding',
    subject: { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'prometheus' },
  },
] as const;

for (const { grant, at, kind, subject } of SHAPES) {
  test(`${kind} ${at.split('/').at(-1)} names its ${grant.subject.kind}`, async (t) => {
    const { store, cluster } = await start(t);
    await createGrant(cluster, { ...GRANT, ...grant });
    const stored = store.objects.get(at);
    assert.equal(stored?.kind, kind);
    assert.deepEqual(stored['subjects'], [subject]);
    // What was made is recognised as Purser's own the next time.
    assert.equal((await createGrant(cluster, { ...GRANT, ...grant })).made, true);
  });
}

test('a binding that an earlier attempt of the run made counts as made, and exists once', async (t) => {
  const { store, cluster } = await start(t);
  const first = await createGrant(cluster, GRANT);
  const again = await createGrant(cluster, GRANT);
  assert.equal(again.made, true);
  assert.deepEqual(again.binding, first.binding);
  assert.equal(store.objects.size, 1);
});

test('a binding of an earlier run is found in place, and this run does not undo it', async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, GRANT);
  const { made, binding } = await createGrant(cluster, { ...GRANT, madeBy: 'onboard/x/run-2' });
  assert.equal(made, false);
  assert.equal(binding.metadata.annotations?.['purser.dev/made-by'], GRANT.madeBy);
});

test('a binding that somebody deletes between the two calls leaves the 409 to the next attempt', async (t) => {
  const { cluster } = await start(t, ({ method }) =>
    method === 'POST' ? refusal(409, 'AlreadyExists', 'already exists') : undefined,
  );
  await assert.rejects(
    createGrant(cluster, GRANT),
    (error) => error instanceof ClusterFailure && error.reason === 'AlreadyExists',
  );
});

test('a grant for another subject of the same name is not inherited, and both uids are named', async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, GRANT);
  const later = { ...GRANT, madeBy: 'onboard/x/run-2' };
  const said = await conflictOf(createGrant(cluster, { ...later, subjectUid: 'u-2' }));
  assert.match(said, /recorded for uid u-1, and alice has the uid u-2 now/);
  assert.match(said, /purser revoke alice --access pull:team-a/);
  const gone = await conflictOf(createGrant(cluster, { ...later, subjectUid: undefined }));
  assert.match(gone, /recorded for uid u-1, and there is no alice any more/);
});

test('a grant that was made for a name without a uid stays, and a finding says so', async (t) => {
  const { cluster } = await start(t);
  await createGrant(cluster, { ...GRANT, subjectUid: undefined });
  const { made, findings } = await createGrant(cluster, { ...GRANT, madeBy: 'onboard/x/run-2' });
  assert.equal(made, false);
  assert.match(
    findings.map(describeFinding).join(),
    /was made for the name alice before it had a uid/,
  );
});

test('a subject that was added to an existing grant by hand is named', async (t) => {
  const { store, cluster } = await start(t);
  const { binding } = await createGrant(cluster, GRANT);
  const subjects = [...(binding.subjects ?? []), { kind: 'User', name: 'bob' }];
  store.objects.set(`${IN_TEAM_A}/${NAME}`, { ...binding, subjects });
  const { findings } = await createGrant(cluster, { ...GRANT, madeBy: 'onboard/x/run-2' });
  assert.match(
    findings.map(describeFinding).join(),
    /team-a\/purser:pull:User:alice gives it to bob as well, added by hand/,
  );
});

test('a 409 with another reason is not examined further', async (t) => {
  const { kube, cluster } = await start(t, () => refusal(409, 'Conflict', 'try again'));
  await assert.rejects(createGrant(cluster, GRANT), { name: 'ClusterFailure', reason: 'Conflict' });
  assert.deepEqual(kube.lines(), [`POST ${IN_TEAM_A}`]);
});

/** What stands in Purser's place, and differs from what Purser would have made. */
const FOREIGN: Readonly<Record<string, (own: Binding) => object>> = {
  'has no label': (own) => ({ ...own, metadata: { ...own.metadata, labels: {}, annotations: {} } }),
  'gives another role': (own) => ({ ...own, roleRef: { kind: 'ClusterRole', name: 'edit' } }),
  'gives a role of the namespace': (own) => ({
    ...own,
    roleRef: { kind: 'Role', name: 'registry-viewer' },
  }),
  'has the label of another subject': (own) => ({
    ...own,
    metadata: { ...own.metadata, labels: { ...own.metadata.labels, 'purser.dev/subject': 'x' } },
  }),
  'was edited to name somebody else': (own) => ({
    ...own,
    subjects: [{ kind: 'User', name: 'mallory' }],
  }),
  'was edited to name nobody': (own) => ({ ...own, subjects: [] }),
};

for (const [what, change] of Object.entries(FOREIGN)) {
  test(`a binding of that name that ${what} is not taken over`, async (t) => {
    const { store, cluster } = await start(t);
    const { binding } = await createGrant(cluster, GRANT);
    const changed = { metadata: binding.metadata, ...change(binding) };
    store.objects.set(`${IN_TEAM_A}/${NAME}`, changed);
    const said = await conflictOf(createGrant(cluster, GRANT));
    assert.match(said, /purser:pull:User:alice in team-a is in the way: it gives \S+ to /);
    assert.match(said, /Purser takes over nothing; rename or delete it/);
    assert.equal(store.objects.get(`${IN_TEAM_A}/${NAME}`), changed);
  });
}

test('what Purser granted is found by its label, in every namespace and cluster-wide', async (t) => {
  const { store, kube, cluster } = await start(t);
  await createGrant(cluster, GRANT);
  await createGrant(cluster, { ...GRANT, access: parseAccess('push:team-b') });
  await createGrant(cluster, { ...GRANT, access: parseAccess('metrics') });
  store.put(IN_TEAM_A, {
    metadata: { name: 'edit' },
    roleRef: { kind: 'ClusterRole', name: 'edit' },
  });
  const names = (await listGrants(cluster)).map(({ metadata }) => metadata.name);
  assert.deepEqual(names.sort(), [
    'purser:metrics:User:alice',
    'purser:pull:User:alice',
    'purser:push:User:alice',
  ]);
  const selectors = kube.asked.slice(-2).map(({ query }) => query['labelSelector']);
  assert.deepEqual(selectors, ['purser.dev/managed=grant', 'purser.dev/managed=grant']);
});

test('a grant that is not there is undefined; one that is goes into the report', async (t) => {
  const { cluster } = await start(t);
  assert.equal(await findGrant(cluster, GRANT), undefined);
  await createGrant(cluster, GRANT);
  const binding = await findGrant(cluster, GRANT);
  assert.ok(binding);
  assert.deepEqual(grantRecord(binding, GRANT.access, 'before'), {
    access: 'pull:team-a',
    role: 'registry-viewer',
    binding: NAME,
    namespace: 'team-a',
    uid: binding.metadata.uid,
    made: 'before',
  });
});

function subjectHash({ metadata }: Binding): string {
  const label = metadata.labels?.['purser.dev/subject'] ?? '';
  assert.match(label, /^[0-9a-f]{16}$/);
  return label;
}
