import { readRouterConfig } from './config.ts';
import { startRouter } from './router.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node main.ts <config.json>');
  process.exit(2);
}

const router = await startRouter(await readRouterConfig(file));
console.log(JSON.stringify({ listening: router.address.port, control: router.control.port }));

function end(): void {
  void router.close().then(() => process.exit(0));
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
