// What a workflow of somebody's own could make of the activities that write to the archive.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createArchiveActivities } from '../../../activities/archive.ts';
import { createLogActivities } from '../../../activities/logs/activities.ts';
import type { RunToCollect } from '../../../activities/logs/collect/collect.ts';
import type { Target } from '../../../activities/target.ts';
import { createFolderArchive } from '../../../src/archive/folder.ts';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../../../src/health/model/probe.ts';
import type { Report } from '../../../src/access/model/report/report.ts';
import type { LogSettings } from '../../../src/logs/settings.ts';
import { cluster } from '../../kubernetes/environment.ts';
import { EXECUTIONS } from '../../support/executions.ts';

const RUN = '01a20a22-5caf-72ed-915e-ef72b37d5620';
const OWN = { workflowId: 'onboard/prod/User/alice', runId: RUN };
const OTHERS_RUN = '01a20a22-0000-72ed-915e-000000000000';
const refused = { type: 'InvalidRequest', nonRetryable: true };

function archiveOf(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-strangers-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const archive = createFolderArchive(folder);
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of archive.list('', new AbortController().signal)) found.push(key);
    return found;
  };
  return { archive, keys };
}

const REPORT: Report = {
  workflow: 'onboard',
  workflowId: OWN.workflowId,
  runId: RUN,
  target: 'prod',
  subject: { kind: 'User', name: 'alice' },
  accesses: ['pull:team-a'],
  claimed: {},
  outcome: 'proven',
  startedAt: '2026-11-24T12:00:00.000Z',
  endedAt: '2026-11-24T12:00:01.000Z',
  steps: [{ name: 'pull team-a', outcome: 'passed', detail: 'pulled', durationMs: 3 }],
  findings: [],
  grants: [],
  next: [],
};

test('a workflow stores no report about another subject or target than its id names', async (t) => {
  const { archive, keys } = archiveOf(t);
  const reports = createArchiveActivities(archive);
  for (const other of [{ subject: { kind: 'User' as const, name: 'bob' } }, { target: 'test' }]) {
    const activity = new MockActivityEnvironment({
      workflowExecution: OWN,
      workflowType: 'onboard',
    });
    await assert.rejects(
      activity.run(() => reports.archiveReport({ ...REPORT, ...other })),
      refused,
    );
  }
  assert.deepEqual(await keys(), []);
});

test('a workflow stores its own report, repeatedly', async (t) => {
  const { archive, keys } = archiveOf(t);
  const reports = createArchiveActivities(archive);
  const activity = new MockActivityEnvironment({ workflowExecution: OWN, workflowType: 'onboard' });
  await activity.run(() => reports.archiveReport(REPORT));
  await activity.run(() => reports.archiveReport({ ...REPORT, outcome: 'granted-unproven' }));
  assert.deepEqual(await keys(), [`reports/onboard/prod/User/alice/${RUN}.json`]);
});

const FORGERIES: readonly (readonly [string, object])[] = [
  ['of another run', { runId: OTHERS_RUN }],
  ['of another workflow', { workflowId: 'onboard/prod/User/bob' }],
  ['of another kind of workflow', { workflow: 'revoke' }],
  ['whose run leads elsewhere', { runId: '../../../../revoke/x' }],
  ['whose target leads elsewhere', { target: '../prod' }],
  ['with a field of its own', { note: 'x' }],
  ['with a verdict of its own', { outcome: 'splendid' }],
  ['with a token in its reason', { claimed: { reason: `sha256~${'a'.repeat(43)}` } }],
];
for (const [what, forged] of FORGERIES) {
  test(`a report ${what} is not stored`, async (t) => {
    const { archive, keys } = archiveOf(t);
    const reports = createArchiveActivities(archive);
    const info = { workflowExecution: OWN, workflowType: 'onboard' };
    const activity = new MockActivityEnvironment(info);
    const given = Object.assign({ ...REPORT }, forged);
    await assert.rejects(
      activity.run(() => reports.archiveReport(given)),
      refused,
    );
    assert.deepEqual(await keys(), []);
  });
}

const OWN_BUNDLE = '20261124T120000.000Z-b37d5620';
const OTHERS_BUNDLE = '20261124T120000.000Z-00000000';
const REGISTRY = { namespace: 'openshift-image-registry', selector: 'docker-registry=default' };
const SETTINGS: LogSettings = {
  workloads: [REGISTRY],
  redact: [],
  windowMs: 86_400_000,
  limits: { bytes: 1_000, lines: 1_000, lineBytes: 1_000 },
  keep: { ageMs: 86_400_000, bundles: 10, bytes: 1_000_000 },
};
const PLANNED: RunToCollect = {
  bundle: OWN_BUNDLE,
  until: '2026-11-24T12:00:00.000Z',
  planned: {
    run: {
      ...REGISTRY,
      pod: 'image-registry-1',
      podUid: 'u-1',
      container: 'registry',
      run: 'cri-o://1',
      restarts: 0,
    },
    isPrevious: false,
    hasEnded: false,
    file: 'openshift-image-registry_image-registry-1_registry.log.zst',
  },
};

async function logsOf(t: TestContext) {
  const { archive, keys } = archiveOf(t);
  const target: Target = {
    name: 'prod',
    cluster: (await cluster(t, {})).cluster,
    executions: EXECUTIONS,
    roles: 'product',
    policy: { accesses: ['pull'], protectedNamespaces: [] },
    patience: 60_000,
    grant: 'after-login',
    mayProvision: false,
    readSecrets: false,
    registry: { reach: 'auto' },
    proof: { mintTokens: false, serviceAccountTokens: [], canary: false },
    health: { probe: DEFAULT_PROBE, rules: DEFAULT_RULES },
    logNamespaces: [],
    at: () => {},
  };
  const logs = createLogActivities({ target, archive, settings: SETTINGS });
  const activity = new MockActivityEnvironment({ workflowExecution: OWN });
  return { archive, keys, logs, activity };
}

function run(but: Partial<RunToCollect['planned']['run']>) {
  return {
    ...PLANNED,
    planned: { ...PLANNED.planned, run: { ...PLANNED.planned.run, ...but } },
  };
}
const READINGS: readonly (readonly [string, RunToCollect])[] = [
  ['into a bundle of another run', { ...PLANNED, bundle: OTHERS_BUNDLE }],
  ['into something that is no bundle', { ...PLANNED, bundle: '../../reports/onboard-b37d5620' }],
  [
    'into a file of another name',
    { ...PLANNED, planned: { ...PLANNED.planned, file: '../../../reports/x' } },
  ],
  ['of a pod whose name leads elsewhere', run({ pod: '../../x' })],
  ['of a namespace that purser.yaml does not choose', run({ namespace: 'kube-system' })],
  ['of pods that purser.yaml does not choose', run({ selector: 'app=secret' })],
];
for (const [what, input] of READINGS) {
  test(`logs are not read ${what}`, async (t) => {
    const { logs, activity, keys } = await logsOf(t);
    const { planned } = input;
    const { namespace, pod, container } = planned.run;
    const file =
      planned.file === PLANNED.planned.file
        ? `${namespace}_${pod}_${container}.log.zst`
        : planned.file;
    const asked = { ...input, planned: { ...planned, file } };
    await assert.rejects(
      activity.run(() => logs.collectContainerLog(asked)),
      refused,
    );
    assert.deepEqual(await keys(), []);
  });
}

test('events are not read in a namespace that purser.yaml does not choose', async (t) => {
  const { logs, activity, keys } = await logsOf(t);
  const planned = { namespace: 'kube-system', file: 'kube-system_events.jsonl.zst' };
  const asked = { bundle: OWN_BUNDLE, planned };
  await assert.rejects(
    activity.run(() => logs.collectEvents(asked)),
    refused,
  );
  assert.deepEqual(await keys(), []);
});

test('a bundle that another run is writing is neither deleted nor sealed', async (t) => {
  const { logs, activity, archive, keys } = await logsOf(t);
  const key = `logs/prod/${OTHERS_BUNDLE}/a_b_c.log.zst`;
  await archive.put(key, 'lines');
  await assert.rejects(
    activity.run(() => logs.discardBundle({ bundle: OTHERS_BUNDLE })),
    refused,
  );
  const { until } = PLANNED;
  const plan = { bundle: OTHERS_BUNDLE, since: until, until, runs: [], events: [], lost: [] };
  const toSeal = { plan, collected: [], events: [], request: { target: 'prod' } };
  await assert.rejects(
    activity.run(() => logs.sealBundle(toSeal)),
    refused,
  );
  assert.deepEqual(await keys(), [key]);
});

test('a collection of another target is not planned here', async (t) => {
  const { logs, activity } = await logsOf(t);
  await assert.rejects(
    activity.run(() => logs.planCollection({ request: { target: 'test' } })),
    refused,
  );
});

test('a bundle is named after the run that Temporal knows, whatever the input says', async (t) => {
  const { logs, activity, archive } = await logsOf(t);
  const plan = { bundle: OWN_BUNDLE, since: PLANNED.until, until: PLANNED.until };
  const toSeal = { plan: { ...plan, runs: [], events: [], lost: [] }, collected: [], events: [] };
  const forged = { workflowId: 'logs/other', runId: OTHERS_RUN };
  const asked = { ...toSeal, request: { target: 'prod' }, ...forged };
  await activity.run(() => logs.sealBundle(asked));
  const { signal } = new AbortController();
  const parts = [];
  const manifest = await archive.read(`logs/prod/${OWN_BUNDLE}/manifest.json`, signal);
  for await (const part of manifest ?? []) parts.push(part);
  const sealed: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  assert.ok(typeof sealed === 'object' && sealed !== null && 'runId' in sealed);
  assert.equal(sealed.runId, RUN);
});
