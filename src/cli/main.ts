import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { accessCommand } from './access.ts';
import { cancelCommand } from './cancel.ts';
import { doctorCommand } from './doctor.ts';
import { EXIT, reportFailure } from './exit.ts';
import { onboardCommand } from './onboard.ts';
import { revokeCommand } from './revoke.ts';
import { sandboxCommand } from './sandbox.ts';
import { setupCommand } from './setup.ts';
import { startCommand } from './start.ts';
import { workerCommand } from './worker.ts';

await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  const program = build();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its message (or the help that was asked for) already.
      process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
      return;
    }
    reportFailure(error, program.opts<{ debug?: boolean }>().debug === true);
  }
}

function build(): Command {
  const commands = [
    startCommand(),
    onboardCommand(),
    revokeCommand(),
    accessCommand(),
    cancelCommand(),
    doctorCommand(),
    workerCommand(),
    setupCommand(),
    sandboxCommand(),
  ];
  const program = new Command('purser')
    .description(
      "Looks after a cluster's image registry for the people who need it: grants access, and proves it.",
    )
    .version(version())
    .option(
      '-c, --config <file>',
      'purser.yaml (else PURSER_CONFIG, ./purser.yaml, a running sandbox)',
    )
    .option('--debug', 'show stack traces')
    .addHelpText(
      'after',
      `
Exit codes: 0 done and proven, 1 failed (and undone), 2 bad usage or configuration,
            3 done but not proven.

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

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed
    ? String(parsed.version)
    : 'unknown';
}
