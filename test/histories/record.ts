// `npm run histories`: records the saved histories again. The workflows are as they are, the activities stubs.
import { globSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { STORIES } from './stories.ts';
import { openWorkflowEnvironment } from '../support/workflow-environment.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const { History } = proto.temporal.api.history.v1;
const env = await openWorkflowEnvironment('fast-timers.ts');
try {
  for (const file of globSync('*.json', { cwd: FOLDER })) rmSync(path.join(FOLDER, file));
  for (const [name, story] of Object.entries(STORIES)) {
    const handle = await story(env);
    await handle.result().catch(() => undefined);
    await save(name, handle);
    console.log(`✔ ${name}`);
  }
} finally {
  await env.close();
}

async function save(name: string, handle: WorkflowHandle): Promise<void> {
  const { type } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const history = History.encode({ events: events ?? [] }).finish();
  const saved = {
    workflowId: handle.workflowId,
    workflowType: type,
    history: Buffer.from(history).toString('base64'),
  };
  writeFileSync(path.join(FOLDER, `${name}.json`), `${JSON.stringify(saved)}\n`);
}
