import { once } from 'node:events';
import { pino } from 'pino';
import { readConfig } from './config.ts';
import { startOpenShiftApi } from './server.ts';

const [, , file] = process.argv;
if (file === undefined) {
  throw new Error('usage: node sandbox/openshift-api/main.ts <config.json>');
}
const config = readConfig(file);
const log = pino({ name: 'openshift-api', level: config.logLevel }, pino.destination(2));
const server = await startOpenShiftApi(config, log);
log.info({ msg: 'listening', host: config.listen.host, port: server.port });
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await server.stop();
log.info('stopped');
