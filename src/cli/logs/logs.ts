import { Command } from 'commander';

// The client of Temporal takes a fifth of a second to load. `who` does not need it, and must not wait for it.
const COMMANDS = {
  collect: async () => (await import('./collect.ts')).collectCommand(),
  schedule: async () => (await import('./schedule.ts')).logsScheduleCommand(),
  pause: async () => (await import('./schedule.ts')).logsPauseCommand(),
  resume: async () => (await import('./schedule.ts')).logsResumeCommand(),
  remove: async () => (await import('./schedule.ts')).logsRemoveCommand(),
  list: async () => (await import('./list.ts')).bundleListCommand(),
  show: async () => (await import('./show.ts')).showCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  who: async () => (await import('./who.ts')).whoCommand(),
  tail: async () => (await import('./tail.ts')).tailCommand(),
} satisfies Record<string, () => Promise<Command>>;

/** `purser logs`, with the commands that `argv` names, or with all of them. */
export async function logsCommand(argv: readonly string[] = process.argv): Promise<Command> {
  const named = Object.entries(COMMANDS).filter(([name]) => argv.includes(name));
  const wanted = named.length > 0 && !argv.includes('help') ? named : Object.entries(COMMANDS);
  const commands = await Promise.all(wanted.map(([, load]) => load()));
  const logs = new Command('logs').description(
    'collect the logs of the registry, read them, and find out who did what',
  );
  for (const command of commands) logs.addCommand(command);
  return logs;
}
