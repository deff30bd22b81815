import { Command, InvalidArgumentError, Option } from 'commander';
import type { Client } from '@temporalio/client';
import { formatDuration, parseDuration } from '../domain/duration.ts';
import { scheduledTargets, scheduleToChange, setSchedule } from '../temporal/schedules.ts';
import type { IntervalLimits, ScheduleKind } from '../temporal/schedules.ts';
import { findConfig, withClient } from './context.ts';
import type { GlobalOptions } from './context.ts';
import { callerName, outputOption } from './options.ts';
import { formatJson } from './display/json.ts';
import { formatSchedules } from './display/schedules.ts';
import type { ScheduleRow } from './display/schedules.ts';
import { addTargetsOptions, chooseScheduled, chooseTargets } from './targets.ts';
import type { TargetsOptions } from './targets.ts';

/** What differs between the schedules of one feature and those of another: their words. */
export interface ScheduleCommandWords {
  readonly kind: ScheduleKind;
  /** What a schedule runs, in the plural: `health checks`. */
  readonly what: string;
  /** `--every` of the example. */
  readonly example: string;
  /** What the help of each command adds for this kind, as a paragraph of its own. */
  readonly help: { readonly set: string; readonly pause: string; readonly remove: string };
  /** What a pause and a removal mean: printed after them. */
  readonly effect: { readonly pause: string; readonly remove: string };
  /** Options of `set` that other kinds do not have. */
  readonly options: readonly Option[];
  /** Columns of the list that other kinds do not have. */
  readonly headings: readonly string[];
  row(client: Client, target: string, now: Date): Promise<ScheduleRow>;
}

interface SetOptions extends TargetsOptions {
  readonly every: number;
  readonly nodeCa?: boolean;
}

interface PauseOptions extends TargetsOptions {
  readonly note?: string;
  readonly reason?: string;
}

interface ListOptions extends GlobalOptions {
  readonly output: 'text' | 'json';
}

/** The commands of a kind of schedule: `purser <feature> schedule`, and each of its subcommands. */
export function createScheduleCommands(words: ScheduleCommandWords) {
  const list = () => listCommand(words);
  const pause = () => pauseCommand(words);
  const resume = () => resumeCommand(words);
  const remove = () => removeCommand(words);
  const group = () =>
    describeGroup(words)
      .addCommand(setCommand(words), { isDefault: true })
      .addCommand(list())
      .addCommand(pause())
      .addCommand(resume())
      .addCommand(remove());
  return { group, list, pause, resume, remove };
}

function describeGroup({ kind, what, example }: ScheduleCommandWords): Command {
  return new Command('schedule')
    .summary(`run ${what} on a schedule`)
    .description(
      `Runs ${what} at an interval, until the schedule is paused or removed. Without a command, ` +
        `this is \`set\`: see \`purser ${kind.command} schedule set --help\`.`,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ purser ${kind.command} schedule --every ${example} --all
  $ purser ${kind.command} schedule list`,
    );
}

function setCommand({ kind, what, example, help, options }: ScheduleCommandWords): Command {
  const command = addTargetsOptions(new Command('set'))
    .summary('create a schedule, or change its interval')
    .description(
      `Runs the ${what} of each target at an interval. Creates the schedule, or updates the one that ` +
        'is there; a paused schedule stays paused. The targets are spread over the interval. A run is ' +
        `skipped if the one before it is still running.\n${help.set}`,
    )
    .addOption(everyOption(kind.every));
  for (const option of options) command.addOption(option);
  return command
    .addHelpText(
      'after',
      `\nExample:\n  $ purser ${kind.command} schedule set --every ${example} --target prod`,
    )
    .action(async (_options: unknown, self: Command) => {
      const { every: everyMs, nodeCa, ...given } = self.optsWithGlobals<SetOptions>();
      await onEach(given, async (client, target) => {
        const done = await setSchedule(client, kind, { target, everyMs, nodeCa });
        return `schedule ${done}: ${what} of ${target} every ${formatDuration(everyMs)} (${kind.idOf(target)})`;
      });
    });
}

function listCommand(words: ScheduleCommandWords): Command {
  const { kind, what } = words;
  return new Command('list')
    .summary('list the schedules')
    .description(
      `Lists the schedules of ${what}, also those of targets that are not in purser.yaml any more.`,
    )
    .addOption(outputOption())
    .addHelpText('after', `\nExample:\n  $ purser ${kind.command} schedule list`)
    .action(async (_options: unknown, command: Command) => {
      await printList(words, command.optsWithGlobals<ListOptions>());
    });
}

function pauseCommand({ kind, what, help, effect }: ScheduleCommandWords): Command {
  return (
    addTargetsOptions(new Command('pause'))
      .summary('pause a schedule')
      .description(`Runs no ${what} of a target until its schedule is resumed.\n${help.pause}`)
      .option('-n, --note <text>', 'why; shown by `list` and in the Temporal Web UI')
      // The name that `logs pause` had for it.
      .addOption(new Option('-r, --reason <text>').conflicts('note').hideHelp())
      .addHelpText(
        'after',
        `\nExample:\n  $ purser ${kind.command} schedule pause --target prod --note "moving the storage"`,
      )
      .action(async (_options: unknown, command: Command) => {
        const options = command.optsWithGlobals<PauseOptions>();
        const note = options.note ?? options.reason ?? 'paused';
        await onEach(options, async (client, target) => {
          const schedule = await scheduleToChange(client, kind, target);
          await schedule.pause(claimed(note));
          return `schedule paused: ${what} of ${target} (${kind.idOf(target)}). ${effect.pause}`;
        });
      })
  );
}

function resumeCommand({ kind, what }: ScheduleCommandWords): Command {
  return addTargetsOptions(new Command('resume'))
    .summary('resume a schedule')
    .description(`Runs the ${what} of a target again after a pause.`)
    .addHelpText('after', `\nExample:\n  $ purser ${kind.command} schedule resume --target prod`)
    .action(async (_options: unknown, command: Command) => {
      await onEach(command.optsWithGlobals<TargetsOptions>(), async (client, target) => {
        const schedule = await scheduleToChange(client, kind, target);
        await schedule.unpause(claimed('resumed'));
        return `schedule resumed: ${what} of ${target} (${kind.idOf(target)})`;
      });
    });
}

function removeCommand({ kind, what, help, effect }: ScheduleCommandWords): Command {
  return addTargetsOptions(new Command('remove'))
    .summary('remove a schedule')
    .description(
      `Removes the schedule of a target. The target need not be in purser.yaml any more.\n${help.remove}`,
    )
    .addHelpText('after', `\nExample:\n  $ purser ${kind.command} schedule remove --target old`)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TargetsOptions>();
      const remove = async (client: Client, target: string) => {
        const schedule = await scheduleToChange(client, kind, target);
        await schedule.delete();
        return `schedule removed: ${what} of ${target} (${kind.idOf(target)}). ${effect.remove}`;
      };
      await onEach(options, remove, chooseScheduled);
    });
}

/** `--every`, within the limits of a kind of schedule. */
export function everyOption({ defaultMs, minMs, maxMs }: IntervalLimits): Option {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const parse = (text: string): number => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is not a duration ${range}; write 15m, 1h or 1h30m.`,
    );
  };
  return new Option('-e, --every <duration>', `the interval, ${range}`)
    .argParser(parse)
    .default(defaultMs, formatDuration(defaultMs));
}

async function printList(words: ScheduleCommandWords, options: ListOptions): Promise<void> {
  const { kind, what, headings } = words;
  const loaded = findConfig(options);
  const now = new Date();
  const rows = await withClient(loaded, async (client) => {
    const targets = await scheduledTargets(client, kind);
    return Promise.all(targets.map((target) => words.row(client, target, now)));
  });
  if (options.output === 'json') {
    process.stdout.write(`${formatJson(rows.map(({ report }) => report))}\n`);
  } else if (rows.length === 0) {
    process.stdout.write(
      `no ${what} are scheduled; \`purser ${kind.command} schedule --all\` schedules them\n`,
    );
  } else {
    process.stdout.write(`${formatSchedules(rows, headings, now)}\n`);
  }
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

// The name comes from the caller's machine, where every user can change it: it is only a claim.
function claimed(note: string): string {
  return `${note} (claimed by ${callerName()})`;
}
