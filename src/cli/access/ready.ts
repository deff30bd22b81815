import { Command } from 'commander';
import { parseRequest } from '../../domain/request.ts';
import { parseTyped, recordedSubjectSchema } from '../../domain/subject.ts';
import { confirmLogin } from '../../temporal/starts.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
}

export function readyCommand(): Command {
  return new Command('ready')
    .summary('say that a person has logged in')
    .description(
      'Makes an onboarding that waits for a first login (--wait-for-login)\n' +
        'check at once. It asks the cluster, and goes on if the person has logged in.',
    )
    .argument('<subject>', 'alice')
    .option('-t, --target <name>', 'which cluster of purser.yaml (default: the only one)')
    .addHelpText(
      'after',
      `
Example:
  $ purser ready alice

Exit codes: 0 the person has logged in, 3 not yet, and the onboarding goes on waiting, 1 no onboarding waits.`,
    )
    .action(async (subject: string, _options: unknown, command: Command) => {
      process.exitCode = await ready(subject, command.optsWithGlobals<Options>());
    });
}

async function ready(text: string, options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const subject = parseRequest(recordedSubjectSchema, parseTyped(text));
  return withClient(loaded, async (client) => {
    const { hasLoggedIn, detail } = await confirmLogin(client, target, subject);
    process.stdout.write(`${detail}\n`);
    return hasLoggedIn ? EXIT.proven : EXIT.unproven;
  });
}
