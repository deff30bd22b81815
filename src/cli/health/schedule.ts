import { Command, InvalidArgumentError, Option } from 'commander';
import type { Client, ScheduleHandle } from '@temporalio/client';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { scheduleHealth } from '../../temporal/health.ts';
import { scheduleToChange } from '../../temporal/schedules.ts';
import { healthId } from '../../../workflows/contract.ts';
import { findConfig, withClient } from '../context.ts';
import { callerName } from '../options.ts';
import { chooseScheduled, chooseTargets, namingTargets } from './targets.ts';
import type { TargetsOptions } from './targets.ts';

const SHORTEST_MS = 10_000;
const LONGEST_MS = 24 * 3_600_000;

interface ScheduleOptions extends TargetsOptions {
  readonly every: number;
}

interface PauseOptions extends TargetsOptions {
  readonly note?: string;
}

export function healthScheduleCommand(): Command {
  return namingTargets(new Command('schedule'))
    .summary('run the checks every so often')
    .description(
      "Has a target's checks run every so often. A schedule that is there is changed, and keeps what its\n" +
        'runs know. The targets are spread over the interval; a run that is due while one is under way is\n' +
        'skipped.',
    )
    .addOption(
      new Option('-e, --every <duration>', 'from 10s to 24h')
        .argParser(parseEvery)
        .default(60_000, '1m'),
    )
    .addHelpText('after', '\nExample:\n  $ purser health schedule --every 1m --target prod')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ScheduleOptions>();
      await onEach(options, async (client, target) => {
        const done = await scheduleHealth(client, target, options.every);
        const every = formatDuration(options.every);
        return done === 'created'
          ? `the checks of ${target} run every ${every} from now on`
          : `the checks of ${target} run every ${every} now; their schedule was there`;
      });
    });
}

export function healthPauseCommand(): Command {
  return namingTargets(new Command('pause'))
    .summary('run no checks until they are resumed')
    .description(
      'Pauses the schedule of the checks. To go on checking and only tell nobody, use health.maintenance\n' +
        'in purser.yaml.',
    )
    .option('-n, --note <text>', 'why')
    .addHelpText(
      'after',
      '\nExample:\n  $ purser health pause --target prod --note "moving the storage"',
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PauseOptions>();
      await onEach(options, async (client, target) => {
        const note = options.note ?? `paused by ${callerName()}`;
        await (await scheduleOf(client, target)).pause(note);
        return `the checks of ${target} are paused: alerts that are open stay so until they are resumed`;
      });
    });
}

export function healthResumeCommand(): Command {
  return namingTargets(new Command('resume'))
    .description('Resumes the checks that were paused.')
    .addHelpText('after', '\nExample:\n  $ purser health resume --target prod')
    .action(async (_options: unknown, command: Command) => {
      await onEach(command.optsWithGlobals<TargetsOptions>(), async (client, target) => {
        await (await scheduleOf(client, target)).unpause(`resumed by ${callerName()}`);
        return `the checks of ${target} run again`;
      });
    });
}

export function healthRemoveCommand(): Command {
  return namingTargets(new Command('remove'))
    .summary('run the checks no more')
    .description(
      'Removes the schedule of the checks. The history stays in the archive, and a new schedule goes on\n' +
        'from its last line.',
    )
    .addHelpText('after', '\nExample:\n  $ purser health remove --target old')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TargetsOptions>();
      const remove = async (client: Client, target: string) => {
        await (await scheduleOf(client, target)).delete();
        return `the checks of ${target} run no more; alerts that are open are closed by nobody now`;
      };
      await onEach(options, remove, chooseScheduled);
    });
}

async function onEach(
  options: TargetsOptions,
  act: (client: Client, target: string) => Promise<string>,
  choose: typeof chooseTargets = chooseTargets,
): Promise<void> {
  const loaded = findConfig(options);
  const targets = choose(loaded, options);
  await withClient(loaded, async (client) => {
    for (const target of targets) process.stdout.write(`${await act(client, target)}\n`);
  });
}

async function scheduleOf(client: Client, target: string): Promise<ScheduleHandle> {
  return scheduleToChange(client, healthId(target), `purser health schedule --target ${target}`);
}

function parseEvery(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= SHORTEST_MS && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is not a duration from 10s to 24h; write 30s, 1m or 1h30m.`,
  );
}
