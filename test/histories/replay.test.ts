// Whoever changes a workflow's order of commands breaks the runs under way: a saved history shows it.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
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
import { textsIn, withoutMachine } from './machine-traces.ts';
import { STORIES } from './stories/all.ts';

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

/** What tells of the machine on which a history was recorded, or must not be in a repository at all. */
const TRACES = {
  'a path': /(^|[\s"'(:/])\/(work|root|tmp|home|Users|usr|opt|var)\b|file:\/\/|node_modules/,
  'a frame of a stack': /^\s+at .*:\d+:\d+/m,
  'an identity': /@/,
  'an address': /\blocalhost\b|\b\d{1,3}(\.\d{1,3}){3}\b/,
  'this host': new RegExp(`(^|[^\\w-])${hostname().replaceAll('.', '\\.')}($|[^\\w-])`),
  'a secret': /sha256~|\beyJ[\w-]{10}|\bBearer |-----BEGIN |"(token|password|secret)":"/i,
} as const;

for (const { file, history } of saved) {
  test(`${file} has no trace of the machine that recorded it, and no secret`, () => {
    const texts = textsIn(history);
    assert.ok(texts.length > 20);
    for (const [what, pattern] of Object.entries(TRACES)) {
      assert.deepEqual(
        texts.filter((each) => pattern.test(each)),
        [],
        what,
      );
    }
  });
}

test('a history as the server gives it has traces: the check can fail', () => {
  const failure = { message: 'x', stackTrace: '    at f (/work/purser/x.ts:1:2)' };
  const payloads = [{ data: Buffer.from('{"token":"sha256~abc"}') }];
  const history = {
    events: [
      { activityTaskStartedEventAttributes: { identity: `7@${hostname()}` } },
      { activityTaskFailedEventAttributes: { failure } },
      { activityTaskCompletedEventAttributes: { result: { payloads } } },
    ],
  };
  const traced = (texts: readonly string[]) =>
    Object.values(TRACES).filter((pattern) => texts.some((each) => pattern.test(each))).length;
  assert.equal(traced(textsIn(history)), 5);
  assert.equal(
    traced(textsIn(withoutMachine(history))),
    1,
    'a secret is not for the recorder to hide',
  );
});

test('each story has a saved history, and each history a story', () => {
  const stories = STORIES.flatMap((each) => Object.keys(each.stories));
  assert.deepEqual(stories.map((name) => `${name}.json`).toSorted(), FILES);
});

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
