// A process that runs a supervisor with small programs, for supervisor.test.ts to kill.
// Arguments: the data folder, or '' for an ephemeral one. Writes a JSON line once all runs, and one a exit.
import path from 'node:path';
import { openDataFolder } from '../../../sandbox/folder/data-folder.ts';
import { startSupervisor } from '../../../sandbox/supervisor/supervisor.ts';

const folder = await openDataFolder(process.argv[2] || undefined);
const { paths, lock, ephemeral } = folder;
const order = process.argv[3] ?? '';
const supervisor = await startSupervisor(
  {
    dataDir: paths.dataDir,
    ephemeral,
    lockFile: lock.file,
    lockNonce: lock.nonce,
    announcements: [paths.info],
    processesFile: paths.processes,
  },
  paths.logOf('supervisor'),
);
lock.share(supervisor.process);
supervisor.onExit((exit) => console.log(JSON.stringify({ exit })));
const loop = 'while :; do sleep 0.05; done';
const scripts = {
  first: `trap 'echo first >> ${order}; exit' TERM; ${loop}`,
  second: `trap 'echo second >> ${order}; exit' TERM; ${loop}`,
  // Does not listen: only SIGKILL ends it.
  stubborn: `trap '' TERM; ${loop}`,
};
for (const [name, script] of Object.entries(scripts)) {
  if (name === 'stubborn' && process.argv[4] !== 'stubborn') continue;
  await supervisor.start({ name, command: '/bin/sh', args: ['-c', script] }, paths.logOf(name));
}
console.log(
  JSON.stringify({
    supervisor: supervisor.process.pid,
    programs: supervisor.programs(),
    dataDir: paths.dataDir,
    lock: path.resolve(paths.lock),
  }),
);
process.on('SIGUSR2', () => void supervisor.shutdown().then(() => console.log('"shut down"')));
