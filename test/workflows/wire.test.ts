// Names on the wire are a contract: a workflow under way, a saved history and a saved query hold them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ALERTED, VERDICTS } from '../../src/health/model/checks.ts';
import { OUTCOMES } from '../../src/access/model/report/report.ts';
import { createWorkerSpecs } from '../../src/worker.ts';
import * as contract from '../../workflows/contract.ts';
import { unusedCluster } from '../support/unused-cluster.ts';
import { text } from '../sources.ts';

const PAGE = text('docs/wire.md');
const WORKFLOWS = [...text('workflows/index.ts').matchAll(/^export \{ ([^}]+) \}/gm)]
  .flatMap(([, names = '']) => names.split(', '))
  .sort();

/** The rows of the first table under a heading, or after a sentence: each cell without its marks. */
function table(after: string): readonly (readonly string[])[] {
  const from = PAGE.indexOf(after);
  assert.ok(from >= 0, `the page has no ${after}`);
  const [found = ''] = /(?:^\|.*\n)+/m.exec(PAGE.slice(from)) ?? [];
  const rows = found.trim().split('\n').slice(2);
  assert.ok(rows.length > 0, `${after} has no table`);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function marked(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
function firsts(after: string) {
  return table(after).flatMap(([cell]) => marked(cell));
}

test('the page has every workflow type, and no other', () => {
  assert.ok(WORKFLOWS.length > 10);
  assert.deepEqual(firsts('## Workflow types').toSorted(), WORKFLOWS);
});

test('the page has every activity type with its task queue, and no other', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-wire-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const specs = await createWorkerSpecs(unusedCluster(folder));
  const served = specs.flatMap(({ taskQueue, activities }) =>
    Object.keys(activities).map((name) => `${name} on ${taskQueue.replace('prod', '<target>')}`),
  );
  const page = table('## Activity types').map(
    ([name, queue]) => `${marked(name)[0]} on ${marked(queue)[0]}`,
  );
  assert.deepEqual(page.toSorted(), served.toSorted());
  assert.equal(new Set(served).size, served.length, 'two activities have one name');
});

test('the page has every task queue', () => {
  assert.deepEqual(firsts('## Task queues'), [
    contract.WORKFLOWS_QUEUE,
    contract.targetQueue('<target>'),
    contract.proofQueue('<target>'),
  ]);
});

test('the page has every signal, query and update, each with its kind', () => {
  const defined = Object.values(contract).flatMap((each) =>
    typeof each === 'object' && 'name' in each ? [`${each.name} ${each.type}`] : [],
  );
  assert.equal(defined.length, 5);
  const page = table('## Messages').map(([name, kind]) => `${marked(name)[0]} ${kind}`);
  assert.deepEqual(page.toSorted(), defined.toSorted());
});

test("the page names each workflow's messages", () => {
  const taken = table('## Workflow types').flatMap(([, , cell]) => marked(cell));
  assert.deepEqual([...new Set(taken)].toSorted(), firsts('## Messages').toSorted());
});

test('the page has every search attribute with its type', () => {
  const page = table('## Search attributes').map(([name, type]) => `${marked(name)[0]} ${type}`);
  const all = Object.values(contract.SEARCH_ATTRIBUTES).map(({ name, type }) => `${name} ${type}`);
  assert.deepEqual(page, all);
  const [, , verdicts = ''] =
    table('## Search attributes').find(([name]) => name === '`PurserVerdict`') ?? [];
  assert.deepEqual(marked(verdicts), [...VERDICTS]);
});

test('the page has every value of PurserState, and each is one word for queries', () => {
  const page = table('The values of `PurserState`:').map(([workflow, values]) => [
    marked(workflow)[0],
    marked(values),
  ]);
  assert.deepEqual(Object.fromEntries(page), contract.STATES);
  for (const state of Object.values(contract.STATES).flat())
    assert.match(state, /^[a-z]+(-[a-z]+)*$/);
});

test('how an onboarding or a revocation ended is a value of PurserState', () => {
  const ends: readonly string[] = [...contract.STATES.onboard, ...contract.STATES.revoke];
  assert.deepEqual(
    OUTCOMES.filter((outcome) => !ends.includes(outcome)),
    [],
  );
});

describe('the page has the form of every workflow id', () => {
  const forms = firsts('## Workflow ids');
  const shape = (id: string) =>
    id
      .replace('/prod', '/<target>')
      .replace('/User/alice', '/<Kind>/<name>')
      .replace(ALERTED[0], '<check>')
      .replace('2026-11-28T12:00:00Z', '<time>');
  const alice = { kind: 'User', name: 'alice' } as const;
  const ids = [
    contract.onboardId('prod', alice),
    contract.revokeId('prod', alice),
    contract.sweepId('prod'),
    contract.notifyId('prod', ALERTED[0]),
    contract.healthId('prod'),
    contract.manualHealthId('prod'),
    contract.logsId('prod'),
    contract.failureLogsId('prod', '2026-11-28T12:00:00Z'),
  ].map(shape);
  for (const id of ids) test(id, () => assert.ok(forms.includes(id)));

  test('and no other but that of the reads', () => {
    const others = forms.filter((form) => !ids.includes(form));
    assert.deepEqual(others, ['<type>/<target>/<UUID>']);
    assert.equal(contract.readId('readLastHealth', 'prod', 'x'), 'read-last-health/prod/x');
  });

  test('each workflow has one of these forms', () => {
    const own = table('## Workflow ids').flatMap(([, workflow]) => marked(workflow));
    assert.deepEqual([...new Set([...own, ...contract.READS])].toSorted(), WORKFLOWS);
  });
});
