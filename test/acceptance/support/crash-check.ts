// A health check that ends itself with SIGKILL at a named point: `crash-check.ts <purser.yaml> <point> <run>`.
import { examine } from '../../../activities/health/examine.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { createTarget } from '../../../src/worker.ts';

const [file = '', doom = '', run = ''] = process.argv.slice(2);
const { config } = loadConfig(file, () => undefined);
const target = await createTarget(config, 'sandbox', (point) => {
  if (point === doom) process.kill(process.pid, 'SIGKILL');
});
const course = { run, signal: AbortSignal.timeout(60_000), show: () => {} };
await examine(target, { checks: ['write-path'], memory: {} }, course);
