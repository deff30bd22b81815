import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createHeard } from '../../activities/logs/access.ts';
import { collectOne } from '../../activities/logs/collect.ts';
import type { LogPorts } from '../../activities/logs/ports.ts';
import { createFolderArchive } from '../../src/archive/folder.ts';
import { logSettingsOf, logsSchema } from '../../src/config/logs.ts';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../../src/domain/health/probe.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { refusal, startKube } from '../cluster/kube-server.ts';
import type { Answer, Asked } from '../cluster/kube-server.ts';
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

/** Collects from an API server that gives these answers, one after the other, to who asks for the log. */
async function collect(t: TestContext, answers: readonly Answer[], number = 1) {
  const left = [...answers];
  const respond = ({ query }: Asked): Answer =>
    query['tailLines'] === undefined ? (left.shift() ?? all) : last;
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
    heard: createHeard(),
  };
  const run = {
    namespace: 'team-a',
    selector: 'app=web',
    pod: 'web-0',
    podUid: 'uid',
    container: 'app',
    run: 'containerd://1',
    restarts: 0,
  };
  const planned = { run, isPrevious: false, hasEnded: false, file: 'team-a_web-0_app.log.zst' };
  const input = { bundle: '20261123T110000.000Z-a', until: '2026-11-23T11:00:00.000Z', planned };
  const { signal } = new AbortController();
  const { source, place } = await collectOne(ports, input, {
    signal,
    isOutOfTime: () => false,
    number,
    show: () => {},
    hasPatience: () => true,
  });
  return { source, place, asked: answers.length - left.length };
}

for (const [name, refused] of [
  ['does not yet know what it allows', denied],
  ['does not yet know who asks', unknown],
] as const) {
  test(`an API server that was restarted and ${name} is asked again, and every line is there`, async (t) => {
    const { source, asked } = await collect(t, [cut, refused, all]);
    assert.deepEqual([source.lines, source.failure, source.gaps], [LINES.length, undefined, []]);
    assert.equal(asked, 3);
  });

  test(`the same where an attempt before this one has failed, and it ${name}`, async (t) => {
    const { source } = await collect(t, [refused, all], 2);
    assert.deepEqual([source.lines, source.failure], [LINES.length, undefined]);
  });
}

test('a refusal that comes first is final: it is named at once, and the place stays', async (t) => {
  const { source, place, asked } = await collect(t, [denied, all]);
  assert.equal(source.failure?.type, 'Forbidden');
  assert.match(source.failure.message, /pods\/web-0\/log: 403 .*forbidden/);
  assert.deepEqual([source.lines, source.kept, asked], [0, undefined, 1]);
  assert.deepEqual([place?.cursor, place?.complete], [undefined, false]);
});
