import { Command } from 'commander';
import { parseRequest } from '../../domain/request.ts';
import { parseTyped, recordedSubjectSchema } from '../../domain/subject.ts';
import { confirmLogin } from '../../temporal/starts.ts';
import { chooseTarget, findConfig, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
}

export function readyCommand(): Command {
  return new Command('ready')
    .summary('say that a person has logged in')
    .description(
      'Has an onboarding that waits for a first login (--wait-for-login) look at once. Nobody is taken\n' +
        'at their word: the cluster is asked, and the onboarding goes on if the login is there.',
    )
    .argument('<subject>', 'alice')
    .option('-t, --target <name>', 'which cluster of purser.yaml (default: the only one)')
    .addHelpText(
      'after',
      `
Example:
  $ purser ready alice

Exit codes: 0 the login is there, 3 not yet: it goes on waiting, 1 nothing is waiting for it.`,
    )
    .action(async (subject: string, _options: unknown, command: Command) => {
      process.exitCode = await ready(subject, command.optsWithGlobals<Options>());
    });
}

async function ready(text: string, options: Options): Promise<number> {
  const loaded = findConfig(options);
  const target = chooseTarget(loaded, options.target);
  const subject = parseRequest(recordedSubjectSchema, parseTyped(text));
  return withClient(loaded, async (client) => {
    const { hasLoggedIn, detail } = await confirmLogin(client, target, subject);
    process.stdout.write(`${detail}\n`);
    return hasLoggedIn ? EXIT.proven : EXIT.unproven;
  });
}
