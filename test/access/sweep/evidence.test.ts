import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunState } from '../../../activities/executions.ts';
import { createEvidence } from '../../../activities/access/sweep/evidence.ts';
import type { GrantState } from '../../../src/kubernetes/labels.ts';
import { openArchive } from '../../../src/archive/open.ts';
import { reportKey } from '../../../src/archive/report-key.ts';
import { EXECUTIONS } from '../../support/executions.ts';

const RUN = '01a22233-9c47-7c53-8c0d-a734d0b727ce';
const LATER = '01a22234-2e41-7611-83a3-16669a219c2e';
const ID = 'onboard/prod/User/alice';
const MARK = `${ID}/${RUN}`;
const ALICE = { kind: 'User', name: 'alice' } as const;

interface Known {
  /** What the archive holds: an outcome, and the run that it is kept under. */
  readonly kept?: readonly (readonly [string, string])[];
  readonly run?: Partial<RunState>;
  readonly mark?: string;
  readonly workflowId?: string;
  readonly state?: GrantState;
}

async function judge(t: TestContext, known: Known) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-evidence-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const archive = openArchive({ folder });
  const workflowId = known.workflowId ?? ID;
  for (const [runId, outcome] of known.kept ?? []) {
    const key = reportKey({ workflow: 'onboard', target: 'prod', subject: ALICE, runId });
    await archive.put(key, JSON.stringify({ workflowId, outcome }));
  }
  const run: RunState | undefined =
    known.run === undefined
      ? undefined
      : {
          workflowId,
          runId: RUN,
          isOpen: false,
          status: 'FAILED',
          outcome: async () => undefined,
          ...known.run,
        };
  const executions = { ...EXECUTIONS, runOf: async () => run };
  const { signal } = new AbortController();
  const evidence = await createEvidence({ executions, archive, signal })(
    known.mark ?? `${workflowId}/${RUN}`,
    { subject: 'alice', state: known.state },
  );
  return evidence.is === 'unknown' ? evidence.why : evidence.is;
}

function result(outcome: string) {
  return async () => ({ report: { workflowId: ID, outcome } });
}

const ROWS: readonly (readonly [string, Known, string | RegExp])[] = [
  ['that is proven, by its report', { kept: [[RUN, 'proven']] }, 'kept'],
  ['that is granted, by its report', { kept: [[RUN, 'granted-unproven']] }, 'kept'],
  ['that failed, and has ended', { kept: [[RUN, 'failed']], run: {} }, 'failed'],
  ['that failed, and that Temporal has forgotten', { kept: [[RUN, 'failed']] }, 'failed'],
  [
    'that failed, while a later one about the same subject is open',
    { kept: [[RUN, 'failed']], run: { isOpen: true } },
    'open',
  ],
  ['that is open', { run: { isOpen: true, status: 'RUNNING' } }, 'open'],
  [
    'without a report in the archive, by its result',
    { run: { outcome: result('proven') } },
    'kept',
  ],
  ['that failed, by its result', { run: { outcome: result('failed') } }, 'failed'],
  [
    'that was reset, by the report of its last run',
    { kept: [[LATER, 'proven']], run: { runId: LATER } },
    'kept',
  ],
  [
    'that failed, was reset, and is proven since',
    {
      kept: [
        [RUN, 'failed'],
        [LATER, 'proven'],
      ],
      run: { runId: LATER },
    },
    'kept',
  ],
  [
    'that is proven, was reset, and failed then, of a binding that does not say proven',
    {
      kept: [
        [RUN, 'proven'],
        [LATER, 'failed'],
      ],
      run: { runId: LATER },
      state: 'pending',
    },
    /reported the access as granted, was reset, and then failed/,
  ],
  [
    'that is proven, of a binding that says so, without a question to Temporal',
    { kept: [[RUN, 'proven']], run: { isOpen: true }, state: 'proven' },
    'kept',
  ],
  [
    'that was terminated',
    { run: { status: 'TERMINATED' } },
    `its run ${MARK} ended as TERMINATED without a report`,
  ],
  ['that nobody knows', {}, `neither Temporal nor the archive knows its run ${MARK}`],
  ['of another outcome', { kept: [[RUN, 'revoked']], run: {} }, /ended as FAILED without a report/],
  ['whose mark is none', { mark: 'made by hand' }, 'its mark names no run: "made by hand"'],
  [
    'whose id had to be shortened, by whom the binding names',
    { kept: [[RUN, 'proven']], workflowId: 'onboard/prod/User/ali-0123456789abcdef' },
    'kept',
  ],
];

for (const [what, known, expected] of ROWS) {
  test(`the evidence about a run ${what}`, async (t) => {
    const found = await judge(t, known);
    if (typeof expected === 'string') assert.equal(found, expected);
    else assert.match(found, expected);
  });
}

test('a report of another workflow under the same key is no evidence', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-evidence-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const archive = openArchive({ folder });
  const key = reportKey({ workflow: 'onboard', target: 'prod', subject: ALICE, runId: RUN });
  await archive.put(
    key,
    JSON.stringify({ workflowId: 'onboard/prod/User/bob', outcome: 'failed' }),
  );
  const { signal } = new AbortController();
  const look = createEvidence({ executions: EXECUTIONS, archive, signal });
  assert.equal((await look(MARK, { subject: 'alice', state: undefined })).is, 'unknown');
});

test('a report about a name that looks cut is found under its old key', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-evidence-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const archive = openArchive({ folder });
  const name = 'ci-0123456789abcdef';
  const workflowId = `onboard/prod/User/${name}`;
  const key = `reports/onboard/prod/User/${name}/${RUN}.json`;
  await archive.put(key, JSON.stringify({ workflowId, outcome: 'failed' }));
  const { signal } = new AbortController();
  const look = createEvidence({ executions: EXECUTIONS, archive, signal });
  const { is } = await look(`${workflowId}/${RUN}`, { subject: name, state: undefined });
  assert.equal(is, 'failed');
});

test('a run is evaluated for each subject that a binding names', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-evidence-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const archive = openArchive({ folder });
  const workflowId = 'onboard/prod/User/ali-0123456789abcdef';
  const key = reportKey({ workflow: 'onboard', target: 'prod', subject: ALICE, runId: RUN });
  await archive.put(key, JSON.stringify({ workflowId, outcome: 'failed' }));
  const { signal } = new AbortController();
  const look = createEvidence({ executions: EXECUTIONS, archive, signal });
  const of = async (subject: string) =>
    (await look(`${workflowId}/${RUN}`, { subject, state: 'pending' })).is;
  assert.deepEqual([await of('bob'), await of('alice')], ['unknown', 'failed']);
});
