import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../user-agent.ts';

// Each command brings its own dependencies: Temporal's native worker alone takes a second to load,
// which a command that only lists accesses should not wait for.
type CommandLoaders = Readonly<Record<string, () => Promise<Command>>>;
const COMMANDS: CommandLoaders = {
  onboard: async () => (await import('./access/onboard.ts')).onboardCommand(),
  ready: async () => (await import('./access/ready.ts')).readyCommand(),
  revoke: async () => (await import('./access/revoke.ts')).revokeCommand(),
  identity: async () => (await import('./identity/identity.ts')).identityCommand(),
  access: async () => (await import('./access/access.ts')).accessCommand(),
  cancel: async () => (await import('./access/cancel.ts')).cancelCommand(),
  sweep: async () => (await import('./access/sweep.ts')).sweepCommand(),
  metrics: async () => (await import('./health/metrics.ts')).metricsCommand(),
  health: async () => (await import('./health/health.ts')).healthCommand(),
  notify: async () => (await import('./alerts/notify.ts')).notifyCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  logs: async () => (await import('./logs/logs.ts')).logsCommand(),
  worker: async () => (await import('./worker.ts')).workerCommand(),
  setup: async () => (await import('./setup.ts')).setupCommand(),
};

// The sandbox is test equipment: a checkout has it, an image does not. Nothing else imports it.
const SANDBOX_COMMANDS: CommandLoaders = {
  // oxlint-disable-next-line no-restricted-imports
  start: async () => (await import('../../sandbox/cli/start.ts')).startCommand(),
  // oxlint-disable-next-line no-restricted-imports
  sandbox: async () => (await import('../../sandbox/cli/sandbox.ts')).sandboxCommand(),
};
const hasSandbox = existsSync(fileURLToPath(new URL('../../sandbox', import.meta.url)));

if (process.pid === 1) endOnSignals();
await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  // `purser … | head` closes the pipe early: that is not an error of Purser.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  const program = await build(argv);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    // Knows Temporal's errors, whose client takes a fifth of a second to load.
    const { EXIT, reportFailure } = await import('./exit.ts');
    if (error instanceof CommanderError) {
      // Commander has printed its message (or the help that was asked for) already.
      if (error.code === 'commander.unknownCommand') explainMissingSandbox(argv);
      process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
      return;
    }
    reportFailure(error, program.opts<{ debug?: boolean }>().debug === true);
  }
}

function explainMissingSandbox(argv: readonly string[]): void {
  if (hasSandbox || !Object.keys(SANDBOX_COMMANDS).some((name) => argv.includes(name))) return;
  process.stderr.write(
    'purser: the sandbox is not part of this installation; a checkout of the project has it\n',
  );
}

// In a container this may be PID 1, to which the kernel delivers only signals that have a handler. A command
// that has a handler of its own ends in its own way.
function endOnSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal]);
    });
  }
}

async function build(argv: readonly string[]): Promise<Command> {
  const known = Object.entries(hasSandbox ? { ...SANDBOX_COMMANDS, ...COMMANDS } : COMMANDS);
  const named = known.filter(([name]) => argv.includes(name));
  const wanted = named.length > 0 && !argv.includes('help') ? named : known;
  const commands = await Promise.all(wanted.map(([, load]) => load()));
  const program = new Command('purser')
    .description(
      "Looks after a cluster's image registry for the people who need it: grants access, and proves it.",
    )
    .version(VERSION)
    .option(
      '-c, --config <file>',
      'purser.yaml (else PURSER_CONFIG, ./purser.yaml, the newest running sandbox)',
    )
    .option('--debug', 'show stack traces')
    .addHelpText(
      'after',
      `
Exit codes: 0 done and proven, 1 failed, 2 bad usage or configuration,
            3 done but not proven.
A failed onboarding is undone; a failed revocation is not. The report says what
is left.

Examples:
  $ purser onboard alice --access pull:team-a --reason "joins the team"
  $ purser doctor`,
    );
  for (const command of commands) program.addCommand(command);
  forAll(program, (command) => command.exitOverride().showHelpAfterError('(--help shows how)'));
  return program;
}

function forAll(command: Command, act: (command: Command) => unknown): void {
  act(command);
  for (const each of command.commands) forAll(each, act);
}
