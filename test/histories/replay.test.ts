// Whoever changes a workflow's order of commands breaks the runs under way: a saved history shows it.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { createLogger } from '../../src/temporal/logging.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { text } from '../sources.ts';

const { History } = proto.temporal.api.history.v1;
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const FILES = globSync('*.json', { cwd: FOLDER }).sort();
const savedSchema = z.object({
  workflowId: z.string(),
  workflowType: z.string(),
  /** As protobuf, in base64: the SDK's reader of JSON histories does not work with two copies of protobufjs. */
  history: z.base64().transform((encoded) => History.decode(Buffer.from(encoded, 'base64'))),
});
const saved = FILES.map((file) => ({
  file,
  ...savedSchema.parse(JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'))),
}));

let workflowBundle: WorkflowBundleWithSourceMap;
before(async () => {
  const logger = createLogger('fatal');
  installRuntime(logger, undefined);
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    workflowInterceptorModules: [
      fileURLToPath(new URL('../../workflows/log-failures.ts', import.meta.url)),
    ],
    logger,
  });
});

for (const { file, workflowId, history } of saved) {
  test(`the workflows of today replay ${file}`, async () => {
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  });
}

test('every workflow has a saved history', () => {
  const exported = [...text('workflows/index.ts').matchAll(/^export \{ ([^}]+) \}/gm)].flatMap(
    ([, names = '']) => names.split(', '),
  );
  const kept = new Set(saved.map(({ workflowType }) => workflowType));
  assert.ok(exported.length > 10);
  assert.deepEqual(
    exported.filter((name) => !kept.has(name)),
    [],
  );
});

test('a history that another workflow has made does not replay: the replay can fail', async () => {
  const [first] = saved.filter(({ workflowType }) => workflowType === 'onboard');
  assert.ok(first);
  const broken = History.create({ events: first.history.events.toSpliced(8, 6) });
  await assert.rejects(Worker.runReplayHistory({ workflowBundle }, broken, first.workflowId));
});
