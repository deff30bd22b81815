import { Command } from 'commander';
import { formatDuration } from '../../domain/duration.ts';
import { describeSweep } from '../../access/model/sweep.ts';
import type { Swept } from '../../access/model/sweep.ts';
import {
  scheduledTargets,
  scheduleToChange,
  setSchedule,
  SWEEPS,
} from '../../temporal/schedules.ts';
import { startSweep } from '../../temporal/starts.ts';
import { sweepId } from '../../../workflows/contract.ts';
import { findConfig, findTarget, scheduledTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { targetOption } from '../logs/bundle-reader.ts';
import { everyOption } from '../schedule.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly output: 'text' | 'json';
}

export function sweepCommand(): Command {
  return new Command('sweep')
    .description(
      'Looks for what ended onboardings left on a cluster: bindings, Secrets, tokens, canaries.\n' +
        'Removes what is certainly not in use any more, and reports what an administrator has to look at.',
    )
    .addCommand(runCommand())
    .addCommand(scheduleCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

function runCommand() {
  return new Command('run')
    .summary('sweep once, now')
    .description(
      "Sweeps a target once. Looks only at what carries this installation's mark. Removes Secrets, tokens\n" +
        'and canaries of proofs whose run has ended, and bindings whose report says that the run failed.\n' +
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

function scheduleCommand() {
  return new Command('schedule')
    .summary('sweep on a schedule')
    .description('Sweeps a target at an interval. Run it again to change the interval.')
    .addOption(everyOption(SWEEPS.every))
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser sweep schedule --every 1h --target prod')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options & { every: number }>();
      const { loaded, target } = findTarget(options);
      const done = await withClient(loaded, (client) =>
        setSchedule(client, SWEEPS, { target, everyMs: options.every }),
      );
      const every = formatDuration(options.every);
      say(`schedule ${done}: sweeps of ${target} every ${every} (${sweepId(target)})`);
    });
}

function listCommand() {
  return new Command('list')
    .description('Lists the targets that are swept on a schedule.')
    .addHelpText('after', '\nExample:\n  $ purser sweep list')
    .action(async (_options: unknown, command: Command) => {
      const loaded = findConfig(command.optsWithGlobals<Options>());
      const targets = await withClient(loaded, (client) => scheduledTargets(client, SWEEPS));
      const none = 'no target is swept; `purser sweep schedule` starts a schedule';
      say(targets.length === 0 ? none : targets.join('\n'));
    });
}

function removeCommand() {
  return new Command('remove')
    .summary('end the schedule')
    .description('Removes the schedule of a target, even if purser.yaml no longer names it.')
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser sweep remove --target old')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const loaded = findConfig(options);
      const target = scheduledTarget(loaded, options.target);
      await withClient(loaded, async (client) =>
        (await scheduleToChange(client, SWEEPS, target)).delete(),
      );
      say(`schedule removed: sweeps of ${target} (${sweepId(target)})`);
    });
}

async function run(options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const swept = await withClient(loaded, async (client) =>
    (await startSweep(client, target)).result(),
  );
  say(options.output === 'json' ? formatJson(swept) : describeSweep(swept).join('\n'));
  return isClean(swept) ? EXIT.proven : EXIT.unproven;
}

function isClean({ parts }: Swept): boolean {
  return parts.every(({ reported, unseen }) => reported.count + unseen.length === 0);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
