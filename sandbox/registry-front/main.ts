import { readFrontConfig } from './config.ts';
import { startFront } from './server.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node main.ts <config.json>');
  process.exit(2);
}

const front = await startFront(await readFrontConfig(file));
console.log(
  JSON.stringify({
    listening: front.address.port,
    control: front.control?.port,
  }),
);

process.on('SIGHUP', front.reopenLog);
function end(): void {
  void front.close().then(() => process.exit(0));
}
process.once('SIGTERM', end);
process.once('SIGINT', end);
