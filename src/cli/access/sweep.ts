import { Command } from 'commander';
import { formatDuration } from '../../domain/duration.ts';
import { tellSweep } from '../../access/model/sweep.ts';
import type { Swept } from '../../access/model/sweep.ts';
import {
  scheduledTargets,
  scheduleToChange,
  setSchedule,
  SWEEPS,
} from '../../temporal/schedules.ts';
import { startSweep } from '../../temporal/starts.ts';
import { sweepId } from '../../../workflows/contract.ts';
import { chooseTarget, findConfig, scheduledTarget, withClient } from '../context.ts';
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

export const sweepCommand = (): Command =>
  new Command('sweep')
    .description(
      'Looks for what onboardings that have ended left on a cluster: bindings, Secrets, tokens, canaries.\n' +
        'Removes what is certainly nobody’s any more, and reports what somebody has to look at.',
    )
    .addCommand(runCommand())
    .addCommand(scheduleCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());

const runCommand = () =>
  new Command('run')
    .summary('sweep once, now')
    .description(
      'Sweeps a target once. Only what carries this installation’s mark is looked at. Removed are Secrets,\n' +
        'tokens and canaries of proofs whose run has ended, and bindings whose report says that the run\n' +
        'failed. Where the evidence is missing nothing is removed.',
    )
    .addOption(targetOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser sweep run
  $ purser sweep run --target prod --output json

Exit codes: 0 nothing is left to be looked at, 3 something is, 1 failed, 2 bad usage.`,
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await run(command.optsWithGlobals<Options>());
    });

const scheduleCommand = () =>
  new Command('schedule')
    .summary('sweep again and again')
    .description('Has a target swept at an interval; said again, it changes the interval.')
    .addOption(everyOption(SWEEPS.every))
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser sweep schedule --every 1h --target prod')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options & { every: number }>();
      const loaded = findConfig(options);
      const target = chooseTarget(loaded, options.target);
      const done = await withClient(loaded, (client) =>
        setSchedule(client, SWEEPS, { target, everyMs: options.every }),
      );
      const every = formatDuration(options.every);
      say(`schedule ${done}: sweeps of ${target} every ${every} (${sweepId(target)})`);
    });

const listCommand = () =>
  new Command('list')
    .description('Lists the targets that are swept on a schedule.')
    .addHelpText('after', '\nExample:\n  $ purser sweep list')
    .action(async (_options: unknown, command: Command) => {
      const loaded = findConfig(command.optsWithGlobals<Options>());
      const targets = await withClient(loaded, (client) => scheduledTargets(client, SWEEPS));
      const none = 'no target is swept; `purser sweep schedule` has one swept';
      say(targets.length === 0 ? none : targets.join('\n'));
    });

const removeCommand = () =>
  new Command('remove')
    .summary('sweep no more')
    .description('Removes the schedule of a target, whether purser.yaml still names that or not.')
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

async function run(options: Options): Promise<number> {
  const loaded = findConfig(options);
  const target = chooseTarget(loaded, options.target);
  const swept = await withClient(loaded, async (client) =>
    (await startSweep(client, target)).result(),
  );
  say(options.output === 'json' ? formatJson(swept) : tellSweep(swept).join('\n'));
  return isClean(swept) ? EXIT.proven : EXIT.unproven;
}

function isClean({ parts }: Swept): boolean {
  return parts.every(({ reported, unseen }) => reported.count + unseen.length === 0);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
