// A worker that ends itself with SIGKILL at a named point of an activity, as a power cut would:
// `crash-worker.ts <purser.yaml> <target> <point>`. It is a test's own: Purser's worker has no such switch.
import { loadConfig } from '../../../src/config/load.ts';
import { createLogger } from '../../../src/temporal/logging.ts';
import { startWorkers } from '../../../src/worker.ts';

const [file = '', target = '', doom = ''] = process.argv.slice(2);
const { config } = loadConfig(file, () => undefined);
const workers = await startWorkers(config, {
  targets: [target],
  roles: ['steps', 'proof'],
  logger: createLogger('error'),
  signal: new AbortController().signal,
  at: (point) => {
    if (point === doom) process.kill(process.pid, 'SIGKILL');
  },
});
await workers.ended;
