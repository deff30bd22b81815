import { Command } from 'commander';

// Temporal's client takes 200 ms to load. `who` does not need it, and must not wait for it.
type LogCommandLoaders = Readonly<Record<string, () => Promise<Command>>>;
const COMMANDS: LogCommandLoaders = {
  collect: async () => (await import('./collect.ts')).collectCommand(),
  schedule: async () => (await loadSchedule()).group(),
  list: async () => (await import('./list.ts')).bundleListCommand(),
  show: async () => (await import('./show.ts')).showCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  who: async () => (await import('./who.ts')).whoCommand(),
  tail: async () => (await import('./tail.ts')).tailCommand(),
};

// Former names, from before `schedule` had commands of its own.
const HIDDEN: LogCommandLoaders = {
  pause: async () => (await loadSchedule()).pause(),
  resume: async () => (await loadSchedule()).resume(),
  remove: async () => (await loadSchedule()).remove(),
};

/** `purser logs`, with the commands that `argv` names, or with all of them. */
export async function logsCommand(argv: readonly string[] = process.argv): Promise<Command> {
  const known = [
    ...Object.entries(COMMANDS).map(([name, load]) => ({ name, load, hidden: false })),
    ...Object.entries(HIDDEN).map(([name, load]) => ({ name, load, hidden: true })),
  ];
  const named = known.filter(({ name }) => argv.includes(name));
  const wanted = named.length > 0 && !argv.includes('help') ? named : known;
  const commands = await Promise.all(
    wanted.map(async ({ load, hidden }) => ({ command: await load(), hidden })),
  );
  const logs = new Command('logs').description(
    'collect the logs of the registry, read them, and find out who did what',
  );
  for (const { command, hidden } of commands) logs.addCommand(command, { hidden });
  return logs;
}

async function loadSchedule() {
  const [{ createScheduleCommands }, { logsSchedule }] = await Promise.all([
    import('../schedule.ts'),
    import('./schedule.ts'),
  ]);
  return createScheduleCommands(logsSchedule);
}
