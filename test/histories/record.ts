// `npm run histories`: records the saved histories again. The workflows are as they are, the activities stubs.
import { globSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { withoutMachine } from './machine-traces.ts';
import { STORIES } from './stories/all.ts';
import { openWorkflowEnvironment } from '../support/workflow-environment.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const { History } = proto.temporal.api.history.v1;
for (const file of globSync('*.json', { cwd: FOLDER })) rmSync(path.join(FOLDER, file));
for (const { interceptors, stories } of STORIES) {
  const env = await openWorkflowEnvironment(...interceptors);
  try {
    for (const [name, story] of Object.entries(stories)) {
      const handle = await story(env);
      const end = await handle.result().then(
        () => 'completed',
        (error: Error) => `failed: ${String(error.cause)}`,
      );
      await save(name, handle);
      console.log(`✔ ${name} (${end})`);
    }
  } finally {
    await env.close();
  }
}

async function save(name: string, handle: WorkflowHandle): Promise<void> {
  const { type } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const history = History.encode(withoutMachine({ events: events ?? [] })).finish();
  const saved = {
    workflowId: handle.workflowId,
    workflowType: type,
    history: Buffer.from(history).toString('base64'),
  };
  writeFileSync(path.join(FOLDER, `${name}.json`), `${JSON.stringify(saved)}\n`);
}
