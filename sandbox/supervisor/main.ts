// The supervisor: a process of its own session that runs a sandbox's programs, and outlives the sandbox's
// process just long enough to end them, however that one went.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { releaseLock } from '../folder/lock.ts';
import { createChildren } from './children.ts';
import type { SupervisorConfig, Report } from './protocol.ts';
import { supervisorConfig, request } from './protocol.ts';

const config = supervisorConfig.parse(JSON.parse(process.argv[2] ?? 'null'));
const children = createChildren((exit) => {
  noteProcesses(config);
  tell({ type: 'died', exit });
});
// One after the other: a stop that overtakes its start would leave the program running.
let work: Promise<void> = Promise.resolve();
let ending = false;

process.on('message', (message) => {
  const asked = request.parse(message);
  if (asked.type === 'shutdown') end();
  else if (asked.type === 'start') queue(asked.id, () => start(asked.id, asked.spec));
  else queue(asked.id, () => stop(asked.id, asked.name));
});
process.on('disconnect', end);
process.on('SIGTERM', end);
// A terminal's signals are for the sandbox's own process, which then asks.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
tell({ type: 'ready' });

async function start(id: number, spec: Parameters<typeof children.start>[0]): Promise<void> {
  const ref = await children.start(spec);
  noteProcesses(config);
  tell({ type: 'started', id, name: spec.name, process: ref });
}

async function stop(id: number, name: string): Promise<void> {
  await children.stop(name);
  noteProcesses(config);
  tell({ type: 'stopped', id, name });
}

function queue(id: number, job: () => Promise<void>): void {
  if (ending) return;
  work = work.then(job).catch((error: unknown) => {
    tell({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  });
}

function end(): void {
  if (ending) return;
  ending = true;
  void work.then(finish, finish);
}

async function finish(): Promise<void> {
  for (const file of config.announcements) rmSync(file, { force: true });
  await children.stopAll();
  rmSync(config.processesFile, { force: true });
  // The lock goes last: whoever gets it may rely on nothing being left.
  if (config.ephemeral) rmSync(config.dataDir, { recursive: true, force: true });
  else releaseLock(config.lockFile, config.lockNonce);
  process.exit(0);
}

function tell(message: Report): void {
  // The other end may be gone at any time; then `disconnect` does what is to be done.
  if (process.connected) process.send?.(message, () => undefined);
}

function noteProcesses({ processesFile }: SupervisorConfig): void {
  const draft = `${processesFile}.draft`;
  writeFileSync(draft, JSON.stringify(children.list()), { mode: 0o600 });
  renameSync(draft, processesFile);
}
