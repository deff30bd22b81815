// The supervisor: a process in a session of its own that runs a sandbox's programs. It outlives the
// sandbox's process just long enough to stop them, however that process ended.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { releaseLock } from '../folder/lock.ts';
import { createChildren } from './children.ts';
import type { SupervisorConfig, Report } from './protocol.ts';
import { supervisorConfig, request } from './protocol.ts';

const config = supervisorConfig.parse(JSON.parse(process.argv[2] ?? 'null'));
const children = createChildren((exit) => {
  saveProcesses(config);
  sendReport({ type: 'exited', exit });
});
// One after the other: a stop that overtakes its start would leave the program running.
let work: Promise<void> = Promise.resolve();
let ending = false;

process.on('message', (message) => {
  const command = request.parse(message);
  if (command.type === 'shutdown') end();
  else if (command.type === 'start') queue(command.id, () => start(command.id, command.spec));
  else queue(command.id, () => stop(command.id, command.name));
});
process.on('disconnect', end);
process.on('SIGTERM', end);
// A terminal's signals are for the sandbox's own process, which then sends a shutdown.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
sendReport({ type: 'ready' });

async function start(id: number, spec: Parameters<typeof children.start>[0]): Promise<void> {
  const ref = await children.start(spec);
  saveProcesses(config);
  sendReport({ type: 'started', id, name: spec.name, process: ref });
}

async function stop(id: number, name: string): Promise<void> {
  await children.stop(name);
  saveProcesses(config);
  sendReport({ type: 'stopped', id, name });
}

function queue(id: number, job: () => Promise<void>): void {
  if (ending) return;
  work = work.then(job).catch((error: unknown) => {
    sendReport({
      type: 'failed',
      id,
      message: error instanceof Error ? error.message : String(error),
    });
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
  // The lock is released last: its next holder may rely on an empty folder.
  if (config.ephemeral) rmSync(config.dataDir, { recursive: true, force: true });
  else releaseLock(config.lockFile, config.lockNonce);
  process.exit(0);
}

function sendReport(message: Report): void {
  // The sandbox's process may have exited; then `disconnect` starts the shutdown.
  if (process.connected) process.send?.(message, () => undefined);
}

function saveProcesses({ processesFile }: SupervisorConfig): void {
  const draft = `${processesFile}.draft`;
  writeFileSync(draft, JSON.stringify(children.list()), { mode: 0o600 });
  renameSync(draft, processesFile);
}
