import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Executions, RunState } from '../../../activities/executions.ts';
import { createBindingSweepActivities } from '../../../activities/access/sweep/bindings.ts';
import type { Target } from '../../../activities/target.ts';
import { openArchive } from '../../../src/archive/open.ts';
import { reportKey } from '../../../src/archive/report-key.ts';
import { createGrant } from '../../../src/access/grants/bindings.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { SweptPart } from '../../../src/access/model/sweep.ts';
import { EXECUTIONS } from '../../support/executions.ts';
import { GRANT, IN_TEAM_A, NAME, RBAC, start } from '../grants/grant.ts';
import { refusal } from '../../kubernetes/kube-server.ts';
import type { Answer, Asked } from '../../kubernetes/kube-server.ts';
import type { Store, Stored } from '../../kubernetes/kube-store.ts';

const ALICE = { kind: 'User', name: 'alice' } as const;
const FAILED = '01a22233-9c47-7c53-8c0d-a734d0b727ce';
const OTHER = '01a22234-2e41-7611-83a3-16669a219c2e';
const ID = 'onboard/prod/User/alice';
const MARK = `${ID}/${FAILED}`;
const AT = `${IN_TEAM_A}/${NAME}`;

interface Told {
  readonly runId: string;
  readonly outcome: string;
  readonly endedAt: string;
  readonly workflowId?: string;
  readonly subject?: Subject;
  readonly grants?: readonly object[];
}

interface Scene {
  readonly executions?: Partial<Executions>;
  /** Reports besides that of the run that failed, from one o'clock to two. */
  readonly reports?: readonly Told[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly answer?: (asked: Asked, store: Store) => Answer | undefined;
  /** What is in the cluster in place of the binding that the failed run has made. */
  readonly change?: (own: Stored, store: Store) => void;
}

const GIVES = { access: 'pull:team-a', binding: NAME, namespace: 'team-a' };

async function sweep(t: TestContext, scene: Scene) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-sweep-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const archive = openArchive({ folder });
  const own: Told = { runId: FAILED, outcome: 'failed', endedAt: '2026-03-01T02:00:00.000Z' };
  for (const { subject = ALICE, runId, ...told } of [own, ...(scene.reports ?? [])]) {
    const report = {
      workflowId: ID,
      startedAt: '2026-03-01T01:00:00.000Z',
      grants: [GIVES],
      ...told,
    };
    const key = reportKey({ workflow: 'onboard', target: 'prod', subject, runId });
    await archive.put(key, JSON.stringify(report));
  }
  const { store, kube, cluster } = await start(t, (asked) => scene.answer?.(asked, store));
  await createGrant(cluster, { ...GRANT, madeBy: MARK });
  const made = store.objects.get(AT);
  assert.ok(made);
  Object.assign(made.metadata.annotations ?? {}, scene.annotations);
  scene.change?.(made, store);
  const executions = { ...EXECUTIONS, ...scene.executions };
  const target = { name: 'prod', cluster, executions };
  let part: SweptPart | undefined;
  await new MockActivityEnvironment().run(async () => {
    part = await createBindingSweepActivities(target as Target, archive).sweepBindings();
  });
  assert.ok(part);
  return {
    part,
    removed: part.removed.first.map(({ what }) => what),
    why: part.reported.first.map(({ why }) => why).join('; '),
    stands: [...store.objects.keys()],
    deletions: kube.lines().filter((line) => line.startsWith('DELETE')).length,
  };
}

test('a binding whose run failed is removed', async (t) => {
  const { removed, why, stands } = await sweep(t, {});
  assert.deepEqual([removed, why, stands], [[`RoleBinding team-a/${NAME}`], '', []]);
});

test('a binding that a run confirms after the list was read is not deleted', async (t) => {
  const confirmer: Told = {
    runId: OTHER,
    outcome: 'proven',
    endedAt: '2026-03-01T00:30:00.000Z',
  };
  const confirmed = {
    'purser.dev/confirmed-by': `${ID}/${OTHER}`,
    'purser.dev/state': 'proven',
  };
  const { removed, why, stands, deletions } = await sweep(t, {
    reports: [confirmer],
    answer: ({ method, path: at }, store) => {
      // Between the list and the look at this one binding.
      if (method === 'GET' && at.includes(`${IN_TEAM_A}/`)) {
        Object.assign(store.objects.get(AT)?.metadata.annotations ?? {}, confirmed);
      }
      return undefined;
    },
  });
  assert.deepEqual([removed, why, stands, deletions], [[], '', [AT], 0]);
});

test('a binding that is written to after its check is left to the next sweep', async (t) => {
  const { removed, why, stands, deletions } = await sweep(t, {
    answer: ({ method }, store) => {
      const found = store.objects.get(AT);
      if (method === 'DELETE' && found !== undefined) found.metadata.resourceVersion = '999';
      return undefined;
    },
  });
  assert.match(why, /has changed meanwhile; the next sweep checks it again/);
  assert.deepEqual([removed, stands, deletions], [[], [AT], 1]);
});

test('a run that has begun since the list was read keeps the binding', async (t) => {
  let asked = 0;
  const state = (isOpen: boolean): RunState => ({
    workflowId: ID,
    runId: FAILED,
    isOpen,
    status: 'FAILED',
    outcome: async () => undefined,
  });
  const runOf = async () => state((asked += 1) > 1);
  const { part, stands } = await sweep(t, { executions: { runOf } });
  assert.deepEqual([part.removed.count, part.reported.count, stands], [0, 0, [AT]]);
});

test('a binding that says proven is never removed', async (t) => {
  const { removed, why, stands } = await sweep(t, {
    annotations: { 'purser.dev/state': 'proven' },
  });
  assert.match(why, /its run failed, but it says that the access is proven/);
  assert.deepEqual([removed, stands], [[], [AT]]);
});

/** Reports of another run, and whether the binding goes all the same. */
const REPORTS: readonly (readonly [string, Partial<Told>, 'kept' | 'removed' | RegExp])[] = [
  ['that found it good', {}, 'kept'],
  ['that gave it unproven', { outcome: 'granted-unproven' }, 'kept'],
  ['of another id', { workflowId: 'onboard/prod/User/ALICE' }, 'kept'],
  ['that failed as well', { outcome: 'failed' }, 'removed'],
  ['that ended before it began', { endedAt: '2026-03-01T00:59:00.000Z' }, 'removed'],
  [
    'that ended while it went on',
    { endedAt: '2026-03-01T01:30:00.000Z' },
    /reports the access as granted/,
  ],
  ['about another access', { grants: [{ ...GIVES, access: 'push:team-a' }] }, 'removed'],
  ['about another binding', { grants: [{ ...GIVES, binding: 'another' }] }, 'removed'],
  ['about another place', { grants: [{ ...GIVES, namespace: 'team-b' }] }, 'removed'],
  ['about somebody else', { subject: { kind: 'User', name: 'bob' } }, 'removed'],
];

for (const [what, told, expected] of REPORTS) {
  test(`a binding whose run failed, and a report of a run ${what}`, async (t) => {
    const later = { runId: OTHER, outcome: 'proven', endedAt: '2026-03-01T03:00:00.000Z' };
    const { removed, why, stands } = await sweep(t, { reports: [{ ...later, ...told }] });
    const isRemoved = expected === 'removed';
    assert.deepEqual([removed.length, stands], isRemoved ? [1, []] : [0, [AT]]);
    assert.match(why, expected instanceof RegExp ? expected : /^$/);
  });
}

test('a report by another spelling of the name counts', async (t) => {
  const issuer = {
    name: 'corp',
    issuer: { issuerURL: 'https://issuer.test' },
    claimMappings: {
      username: { claim: 'sub', prefixPolicy: 'Prefix', prefix: { prefixString: 'al' } },
    },
  };
  const authentication = { spec: { type: 'OIDC', oidcProviders: [issuer] } };
  const ice: Told = {
    runId: OTHER,
    outcome: 'proven',
    endedAt: '2026-03-01T03:00:00.000Z',
    subject: { kind: 'User', name: 'ice' },
  };
  const { removed, stands } = await sweep(t, {
    reports: [ice],
    answer: ({ path: at }) =>
      at.endsWith('/authentications/cluster') ? { status: 200, body: authentication } : undefined,
  });
  assert.deepEqual([removed, stands], [[], [AT]]);
});

test("an open onboarding of the same subject by any target's name keeps the binding, and another's does not", async (t) => {
  const open = (id: string) => ({ executions: { openOnboardings: async () => [id] } });
  const lent = await sweep(t, open('onboard/lent/User/alice'));
  assert.deepEqual([lent.part.removed.count, lent.part.reported.count], [0, 0]);
  assert.deepEqual(lent.stands, [AT]);
  assert.deepEqual((await sweep(t, open('onboard/lent/User/bob'))).stands, []);
  assert.deepEqual((await sweep(t, open('onboard/lent/Group/alice'))).stands, []);
});

test('a copy under another name or in another place is reported, and never removed', async (t) => {
  const copyTo = (at: string, name: string, namespace: string | undefined) =>
    sweep(t, {
      change: ({ metadata, ...rest }, store) => {
        store.put(at, { ...rest, metadata: { ...metadata, name, namespace, uid: 'another' } });
      },
    });
  for (const [at, name, namespace] of [
    [IN_TEAM_A, 'by-hand', 'team-a'],
    [`${RBAC}/namespaces/team-b/rolebindings`, NAME, 'team-b'],
    [`${RBAC}/clusterrolebindings`, NAME, undefined],
  ] as const) {
    const { removed, why, stands } = await copyTo(at, name, namespace);
    assert.deepEqual(removed, [`RoleBinding team-a/${NAME}`]);
    assert.match(why, /its run failed, but it is not where Purser makes one/);
    assert.deepEqual(stands, [`${at}/${name}`]);
  }
});

test('a binding that gives more than was recorded is reported', async (t) => {
  const { removed, why } = await sweep(t, {
    change: (own) => {
      own['subjects'] = [ALICE, { kind: 'User', name: 'bob' }];
    },
  });
  assert.match(why, /gives it to bob as well/);
  assert.deepEqual(removed, []);
});

test('a binding that finalizers keep, or whose deletion is refused, is reported', async (t) => {
  const answers: readonly (readonly [Answer, RegExp])[] = [
    [
      { status: 200, body: { kind: 'RoleBinding', metadata: { finalizers: ['a.test/b'] } } },
      /marked for deletion, but finalizers keep it: a.test\/b/,
    ],
    [refusal(403, 'Forbidden', 'no'), /cannot be removed: .*403/],
  ];
  for (const [answer, expected] of answers) {
    const { removed, why } = await sweep(t, {
      answer: ({ method }) => (method === 'DELETE' ? answer : undefined),
    });
    assert.match(why, expected);
    assert.deepEqual(removed, []);
  }
});
