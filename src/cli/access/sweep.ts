import { Command, InvalidArgumentError, Option } from 'commander';
import type { Client } from '@temporalio/client';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { tellSweep } from '../../access/model/sweep.ts';
import type { Swept } from '../../access/model/sweep.ts';
import { applySchedule, scheduleToChange } from '../../temporal/schedules.ts';
import { startSweep } from '../../temporal/starts.ts';
import { SEARCH_ATTRIBUTES, sweepId, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import { chooseTarget, findConfig, scheduledTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { targetOption } from '../logs/bundle-reader.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly output: 'text' | 'json';
}

const EVERY_AT_LEAST_MS = 10 * 60_000;
const EVERY_AT_MOST_MS = 7 * 24 * 3_600_000;

export function sweepCommand(): Command {
  return new Command('sweep')
    .description(
      'Looks for what onboardings that have ended left on a cluster: bindings, Secrets, tokens, canaries.\n' +
        "Removes what is certainly nobody's any more, and reports what somebody has to look at.",
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
      "Sweeps a target once. Only what carries this installation's mark is looked at. Removed are Secrets,\n" +
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
}

function scheduleCommand() {
  return new Command('schedule')
    .summary('sweep again and again')
    .description('Has a target swept at an interval; said again, it changes the interval.')
    .addOption(
      new Option('-e, --every <time>', 'how often: 10m to 7d')
        .argParser(parseEvery)
        .default(3_600_000, '1h'),
    )
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser sweep schedule --every 1h --target prod')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options & { every: number }>();
      const loaded = findConfig(options);
      const target = chooseTarget(loaded, options.target);
      const done = await withClient(loaded, (client) =>
        applySchedule(client, {
          id: sweepId(target),
          everyMs: options.every,
          workflowType: 'sweep',
          taskQueue: WORKFLOWS_QUEUE,
          args: [{ target }],
          summary: `Sweep ${target}`,
          searchAttributes: [{ key: SEARCH_ATTRIBUTES.target, value: target }],
        }),
      );
      const what = done === 'created' ? 'made' : 'changed';
      const every = formatDuration(options.every);
      say(`schedule ${sweepId(target)} ${what}: ${target} is swept every ${every}`);
    });
}

function listCommand() {
  return new Command('list')
    .description('Lists the targets that are swept on a schedule.')
    .addHelpText('after', '\nExample:\n  $ purser sweep list')
    .action(async (_options: unknown, command: Command) => {
      const loaded = findConfig(command.optsWithGlobals<Options>());
      const targets = await withClient(loaded, scheduledTargets);
      const none = 'no target is swept; `purser sweep schedule` has one swept';
      say(targets.length === 0 ? none : targets.join('\n'));
    });
}

function removeCommand() {
  return new Command('remove')
    .summary('sweep no more')
    .description('Removes the schedule of a target, whether purser.yaml still names that or not.')
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser sweep remove --target old')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const loaded = findConfig(options);
      const target = scheduledTarget(loaded, options.target);
      const made = `purser sweep schedule --target ${target}`;
      await withClient(loaded, async (client) =>
        (await scheduleToChange(client, sweepId(target), made)).delete(),
      );
      say(`schedule ${sweepId(target)} is removed: ${target} is swept no more`);
    });
}

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

async function scheduledTargets(client: Client): Promise<readonly string[]> {
  const prefix = sweepId('');
  const targets: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    if (scheduleId.startsWith(prefix)) targets.push(scheduleId.slice(prefix.length));
  }
  return targets.sort();
}

function parseEvery(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= EVERY_AT_LEAST_MS && ms <= EVERY_AT_MOST_MS) return ms;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no interval; write 10m to 7d.`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
