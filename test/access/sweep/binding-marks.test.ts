// One binding that somebody has written by hand must not keep a sweep from all others.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { parseMark } from '../../../activities/executions.ts';
import type { Executions } from '../../../activities/executions.ts';
import { createBindingSweepActivities } from '../../../activities/access/sweep/bindings.ts';
import type { Target } from '../../../activities/target.ts';
import { openArchive } from '../../../src/archive/open.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import type { SweptPart } from '../../../src/access/model/sweep.ts';
import { start } from '../grants/grant.ts';
import { EXECUTIONS } from '../../support/executions.ts';

const RUN = '01a22233-9c47-7c53-8c0d-a734d0b727ce';
const FINE = `onboard/prod/User/fine/${RUN}`;
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings';

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a target of 300 characters', `onboard/${'x'.repeat(300)}/User/x/${RUN}`],
  ['a target that leads out of the archive', `onboard/..%2F..%2F..%2F..%2Fetc/User/x/${RUN}`],
  ['a null byte in the target', `onboard/a%00b/User/x/${RUN}`],
  ['an id of 1500 characters', `onboard/${'x'.repeat(1_500)}/User/x/${RUN}`],
  ['no target', `onboard//User/x/${RUN}`],
  ['a kind that leads elsewhere', `onboard/prod/..%2F..%2F..%2F..%2Fx/x/${RUN}`],
  ['a name that leads elsewhere', `onboard/prod/User/../${RUN}`],
  ['half a character', `onboard/prod/User/%ED%A0%80/${RUN}`],
  ['a line break', `onboard/prod/User/a\nb/${RUN}`],
  ['a megabyte', `${'"'.repeat(1_000_000)}/${RUN}`],
];

async function sweep(t: TestContext, marks: readonly string[], runOf: Executions['runOf']) {
  const { store, cluster } = await start(t);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-sweep-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const executions = { ...EXECUTIONS, runOf };
  const installation = await executions.installation();
  for (const [index, mark] of marks.entries()) {
    store.put(BINDINGS, {
      metadata: {
        name: `b-${index}`,
        namespace: 'team-a',
        labels: { 'purser.dev/managed': 'grant', 'purser.dev/installation': installation },
        annotations: { 'purser.dev/made-by': mark, 'purser.dev/subject': 'x' },
      },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', name: 'x' }],
    });
  }
  const target = { name: 'prod', cluster, executions };
  const activities = createBindingSweepActivities(target as Target, openArchive({ folder }));
  let part: SweptPart | undefined;
  await new MockActivityEnvironment().run(async () => {
    part = await activities.sweepBindings();
  });
  assert.ok(part);
  return part;
}

// As Temporal's: what is no mark leads to no run.
const asTemporal: Executions['runOf'] = async () => undefined;

for (const [what, mark] of HOSTILE) {
  test(`a mark with ${what} is reported, and does not fail the sweep`, async (t) => {
    const { seen, removed, reported } = await sweep(t, [mark, FINE], asTemporal);
    assert.deepEqual([seen, removed.count, reported.count], [2, 0, 2]);
    assert.ok(JSON.stringify(reported).length < 2_000);
  });
}

test('a binding that cannot be checked because of its own data is reported with the reason', async (t) => {
  const { reported } = await sweep(t, ['onboard/prod/User/odd/' + RUN, FINE], async (mark) => {
    if (mark !== FINE) throw new RangeError('that is no id');
    return undefined;
  });
  const whys = reported.first.map(({ why }) => why).sort();
  assert.deepEqual(whys[0], 'Purser cannot tell whether its run failed: that is no id');
  assert.match(whys[1] ?? '', /neither Temporal nor the archive knows its run/);
});

test('an id that Temporal rejects is reported for that binding only', async (t) => {
  const { reported } = await sweep(t, [FINE], async () => {
    throw new Error('Failed to describe', {
      cause: Object.assign(new Error('workflow id too long'), { code: 3 }),
    });
  });
  assert.equal(reported.count, 1);
});

for (const [what, fault] of [
  ['an archive that does not answer', new PurserError('Unreachable', 'away')],
  ['a Temporal that does not answer', Object.assign(new Error('away'), { code: 14 })],
] as const) {
  test(`${what} is not reported for a binding: the sweep is retried`, async (t) => {
    const fail = async () => {
      throw fault;
    };
    await assert.rejects(sweep(t, [FINE], fail), { message: 'away' });
  });
}

test('a mark is a valid workflow id and a run id', () => {
  assert.deepEqual(parseMark(FINE), { workflowId: 'onboard/prod/User/fine', firstRun: RUN });
  const kept = 'x'.repeat(255);
  assert.equal(parseMark(`${kept}/${RUN}`)?.workflowId, kept);
  for (const id of [`${kept}x`, 'a\u0000b', 'a\u202eb', 'a\ud800', '']) {
    assert.equal(parseMark(`${id}/${RUN}`), undefined, JSON.stringify(id));
  }
});
