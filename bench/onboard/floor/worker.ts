// The floor's worker: a process of its own, as Purser's is. Its argument is a sandbox's sandbox.json.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { sandboxInfo } from '../../../sandbox/info.ts';
import { createLogger } from '../../../src/temporal/logging.ts';
import { installRuntime } from '../../../src/temporal/runtime.ts';
import { createFloorActivities } from './activities.ts';
import { FLOOR_QUEUE } from './floor.ts';

const [file = ''] = process.argv.slice(2);
const info = sandboxInfo.parse(JSON.parse(readFileSync(file, 'utf8')));
const { address, namespace } = info.temporal;
installRuntime(createLogger('warn'), undefined);
const connection = await NativeConnection.connect({ address });
try {
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: FLOOR_QUEUE,
    activities: await createFloorActivities(info),
    workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
  });
  process.once('SIGTERM', () => worker.shutdown());
  await worker.run();
} finally {
  await connection.close();
}
