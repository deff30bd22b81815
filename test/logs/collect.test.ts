import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createAuditCache } from '../../activities/logs/collect/audit-cache.ts';
import { collectOne } from '../../activities/logs/collect/collect.ts';
import type { LogPorts } from '../../activities/logs/ports.ts';
import { createFolderArchive } from '../../src/archive/folder.ts';
import { logSettingsOf, logsSchema } from '../../src/config/logs.ts';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../../src/health/model/probe.ts';
import { DEFAULT_POLICY } from '../../src/access/model/policy.ts';
import { refusal, startKube } from '../kubernetes/kube-server.ts';
import type { Answer, Asked } from '../kubernetes/kube-server.ts';
import { EXECUTIONS } from '../support/executions.ts';

const LINES = Array.from(
  { length: 100 },
  (_, index) => `2026-11-23T10:00:${String(index % 60).padStart(2, '0')}.000000000Z line ${index}`,
).toSorted();

const all: Answer = { status: 200, text: LINES.map((line) => `${line}\n`).join('') };
const cut: Answer = {
  status: 200,
  text: LINES.slice(0, 50)
    .map((line) => `${line}\n`)
    .join(''),
};
const last: Answer = { status: 200, text: `${LINES.at(-1)}\n` };
const denied = refusal(403, 'Forbidden', 'pods "web-0" is forbidden');
const unknown = refusal(401, 'Unauthorized', 'Unauthorized');

/** The pod as the API server has it: its present run, and the one before. */
interface Runs {
  readonly uid?: string;
  readonly present: string;
  readonly previous?: string;
}

function podsOf(runs: Runs | undefined): Answer {
  const startedAt = '2026-11-23T09:59:00Z';
  const item = runs && {
    metadata: { name: 'web-0', uid: runs.uid ?? 'uid' },
    status: {
      containerStatuses: [
        {
          name: 'app',
          restartCount: 1,
          state: { running: { startedAt } },
          containerID: runs.present,
          ...(runs.previous === undefined
            ? {}
            : { lastState: { terminated: { containerID: runs.previous, startedAt } } }),
        },
      ],
    },
  };
  return { status: 200, body: { metadata: {}, items: item === undefined ? [] : [item] } };
}

/** Collects from an API server that gives these answers, one after the other, to who asks for the log. */
async function collect(t: TestContext, answers: readonly Answer[], number = 1) {
  const left = [...answers];
  const pods = podsOf({ present: 'containerd://1' });
  const collected = await collectFrom(t, { number }, ({ path: at, query }) => {
    if (at.endsWith('/pods')) return pods;
    return query['tailLines'] === undefined ? (left.shift() ?? all) : last;
  });
  return { ...collected, asked: answers.length - left.length };
}

async function collectFrom(
  t: TestContext,
  { number = 1, isPrevious = false }: { readonly number?: number; readonly isPrevious?: boolean },
  respond: (asked: Asked) => Answer,
) {
  const kube = await startKube(t, respond);
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-collect-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ports: LogPorts = {
    target: {
      name: 'prod',
      cluster: await kube.cluster(),
      executions: EXECUTIONS,
      roles: 'product',
      policy: DEFAULT_POLICY,
      grant: 'after-login',
      mayProvision: false,
      readSecrets: false,
      registry: { reach: 'auto' },
      patience: 900_000,
      proof: { mintTokens: false, serviceAccountTokens: [], canary: false },
      health: { probe: DEFAULT_PROBE, rules: DEFAULT_RULES },
      logNamespaces: ['team-a'],
      at: () => {},
    },
    archive: createFolderArchive(folder),
    settings: logSettingsOf(logsSchema.parse({})),
    auditCache: createAuditCache(),
  };
  const run = {
    namespace: 'team-a',
    selector: 'app=web',
    pod: 'web-0',
    podUid: 'uid',
    container: 'app',
    run: 'containerd://1',
    restarts: 0,
    startedAt: '2026-11-23T09:59:00Z',
  };
  const hasEnded = isPrevious;
  const planned = { run, isPrevious, hasEnded, file: 'team-a_web-0_app.log.zst' };
  const input = { bundle: '20261123T110000.000Z-a', until: '2026-11-23T11:00:00.000Z', planned };
  const { signal } = new AbortController();
  const { source, place } = await collectOne(ports, input, {
    signal,
    isOutOfTime: () => false,
    number,
    show: () => {},
    hasPatience: () => true,
  });
  return { source, place, kube };
}

/** How the container's runs stand before and after its log is read; whose log comes, and as what it is kept. */
const MOVES: Readonly<Record<string, readonly [readonly (Runs | undefined)[], Move]>> = {
  'restarts before it is read': [
    [{ present: 'containerd://2', previous: 'containerd://1' }],
    { lines: 100, previous: true, gaps: [], asked: ['before'] },
  ],
  'restarts while it is read': [
    [{ present: 'containerd://1' }, { present: 'containerd://2', previous: 'containerd://1' }],
    { lines: 100, previous: true, gaps: [], asked: ['now', 'before'] },
  ],
  'restarts twice while it is read': [
    [{ present: 'containerd://1' }, { present: 'containerd://3', previous: 'containerd://2' }],
    { lines: 0, previous: false, gaps: ['run-gone'], asked: ['now'] },
  ],
  'is replaced by another of its name before it is read': [
    [{ uid: 'other', present: 'containerd://9' }],
    { lines: 0, previous: false, gaps: ['run-gone'], asked: [] },
  ],
  'goes while it is read': [
    [{ present: 'containerd://1' }, undefined],
    { lines: 3, previous: false, gaps: [], asked: ['now'] },
  ],
  'is gone before it is read': [
    [undefined],
    { lines: 0, previous: false, gaps: ['pod-gone'], asked: [] },
  ],
};

interface Move {
  readonly lines: number;
  readonly previous: boolean;
  readonly gaps: readonly string[];
  /** Of which run the log was asked for: of the one that is there now, or of the one before. */
  readonly asked: readonly string[];
}

const OTHERS = ['01', '02', '03'].map((second) => `2026-11-23T10:30:${second}.000000000Z other\n`);

for (const [what, [stands, { asked, ...expected }]] of Object.entries(MOVES)) {
  test(`a run whose container ${what} is read as itself, or is a gap`, async (t) => {
    const left = [...stands];
    const wanted: string[] = [];
    const { source } = await collectFrom(t, {}, ({ path: at, query }) => {
      if (at.endsWith('/pods')) return podsOf(left.length > 1 ? left.shift() : left[0]);
      if (query['previous'] === 'true') {
        if (query['tailLines'] === undefined) wanted.push('before');
        return query['tailLines'] === undefined ? all : last;
      }
      if (query['tailLines'] === undefined) wanted.push('now');
      const text = query['tailLines'] === undefined ? OTHERS.join('') : (OTHERS.at(-1) ?? '');
      return { status: 200, text };
    });
    const { lines, previous, gaps } = source;
    assert.deepEqual({ lines, previous, gaps: gaps.map(({ reason }) => reason) }, expected);
    assert.deepEqual(wanted, asked);
  });
}

test('the run before the present one is not mistaken for a later one either', async (t) => {
  const stands = [
    { present: 'containerd://2', previous: 'containerd://1' },
    { present: 'containerd://3', previous: 'containerd://2' },
  ];
  const { source, place } = await collectFrom(t, { isPrevious: true }, ({ path: at, query }) => {
    if (at.endsWith('/pods')) return podsOf(stands.length > 1 ? stands.shift() : stands[0]);
    return query['tailLines'] === undefined ? all : last;
  });
  assert.deepEqual([source.lines, source.gaps.length, source.kept], [0, 1, undefined]);
  assert.equal(place?.complete, true);
});

for (const [name, refused] of [
  ['does not yet know what it allows', denied],
  ['does not yet know who asks', unknown],
] as const) {
  test(`an API server that was restarted and ${name} is asked again, and every line is there`, async (t) => {
    const { source, asked } = await collect(t, [cut, refused, all]);
    assert.deepEqual([source.lines, source.failure, source.gaps], [LINES.length, undefined, []]);
    assert.equal(asked, 3);
  });

  test(`the same if an earlier attempt has failed, and the API server ${name}`, async (t) => {
    const { source } = await collect(t, [refused, all], 2);
    assert.deepEqual([source.lines, source.failure], [LINES.length, undefined]);
  });
}

test('a refusal at the first request is final: it is named at once, and the position stays', async (t) => {
  const { source, place, asked } = await collect(t, [denied, all]);
  assert.equal(source.failure?.type, 'Forbidden');
  assert.match(source.failure.message, /pods\/web-0\/log: 403 .*forbidden/);
  assert.deepEqual([source.lines, source.kept, asked], [0, undefined, 1]);
  assert.deepEqual([place?.cursor, place?.complete], [undefined, false]);
});
