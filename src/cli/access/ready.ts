import { Command } from 'commander';
import { parseRequest } from '../../domain/request.ts';
import { parseTyped, recordedSubjectSchema } from '../../domain/subject.ts';
import { confirmLogin } from '../../temporal/starts.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { targetOption } from '../options.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
}

export function readyCommand(): Command {
  return new Command('ready')
    .summary('make a waiting onboarding check for the first login now')
    .description(
      'Makes an onboarding that waits for a first login check at once whether the person has logged in ' +
        '(see --wait-for-login of `purser onboard`). If so, the onboarding goes on.',
    )
    .argument('<subject>', 'alice')
    .addOption(targetOption())
    .addHelpText(
      'after',
      `
Example:
  $ purser ready alice

Exit codes: 0 the person has logged in, 1 no onboarding waits,
            3 not yet: the onboarding goes on waiting.`,
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
