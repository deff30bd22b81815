import { Command } from 'commander';
import { describeSweep } from '../../access/model/sweep.ts';
import type { Swept } from '../../access/model/sweep.ts';
import { startSweep } from '../../temporal/starts.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption, targetOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { createScheduleCommands } from '../schedule.ts';
import { sweepSchedule } from './sweep-schedule.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly output: 'text' | 'json';
}

export function sweepCommand(): Command {
  const schedule = createScheduleCommands(sweepSchedule);
  return (
    new Command('sweep')
      .summary('find and remove what failed runs left')
      .description(
        'Looks for what ended onboardings left on a cluster: bindings, Secrets, tokens, canaries. ' +
          'Removes what is certainly not in use any more. Reports what an administrator must look at.',
      )
      .addCommand(runCommand())
      .addCommand(schedule.group())
      // The names that they had before `schedule` had commands of its own.
      .addCommand(schedule.list(), { hidden: true })
      .addCommand(schedule.remove(), { hidden: true })
  );
}

function runCommand() {
  return new Command('run')
    .summary('sweep once, now')
    .description(
      "Sweeps a target once. Looks only at what carries this installation's mark. Removes Secrets, tokens " +
        'and canaries of proofs whose run has ended, and bindings whose report says that the run failed. ' +
        'Without evidence it removes nothing.',
    )
    .addOption(targetOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser sweep run
  $ purser sweep run --target prod --output json

Exit codes: 0 nothing is left to look at, 3 something is, 1 failed, 2 bad usage.`,
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await run(command.optsWithGlobals<Options>());
    });
}

async function run(options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const swept = await withClient(loaded, async (client) =>
    (await startSweep(client, target)).result(),
  );
  const text = options.output === 'json' ? formatJson(swept) : describeSweep(swept).join('\n');
  process.stdout.write(`${text}\n`);
  return isClean(swept) ? EXIT.proven : EXIT.unproven;
}

function isClean({ parts }: Swept): boolean {
  return parts.every(({ reported, unseen }) => reported.count + unseen.length === 0);
}
