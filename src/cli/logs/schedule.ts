import { Command, InvalidArgumentError } from 'commander';
import type { Client } from '@temporalio/client';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import { applySchedule, scheduleToChange } from '../../temporal/schedules.ts';
import { logsId, SEARCH_ATTRIBUTES, WORKFLOWS_QUEUE } from '../../../workflows/contract.ts';
import { chooseTarget, findConfig, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { callerName } from '../options.ts';
import { targetOption } from './bundle-reader.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
}

const EVERY_AT_LEAST_MS = 60_000;
const EVERY_AT_MOST_MS = 24 * 3_600_000;
const MADE_BY = 'purser logs schedule --every 15m';

export function logsScheduleCommand(): Command {
  return new Command('schedule')
    .summary('collect again and again')
    .description(
      'Has the logs of a target collected at an interval; said again, it changes the interval. The API\n' +
        'hands out the newest file of a container only, 10 MB on most nodes: choose an interval in which\n' +
        'the registry says less than that, or there will be gaps.',
    )
    .requiredOption('-e, --every <time>', 'how often: 1m to 24h', parseEvery)
    .option('--node-ca', 'also the pods of node-ca, one on each node')
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser logs schedule --every 15m')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options & { every: number; nodeCa?: boolean }>();
      const { target, id, loaded } = await find(options);
      const done = await withClient(loaded, (client) =>
        applySchedule(client, {
          id,
          everyMs: options.every,
          workflowType: 'collectLogs',
          taskQueue: WORKFLOWS_QUEUE,
          args: [{ target, ...(options.nodeCa === true ? { nodeCa: true } : {}) }],
          summary: `Collect the logs of ${target}`,
          searchAttributes: [{ key: SEARCH_ATTRIBUTES.target, value: target }],
        }),
      );
      const what = done === 'created' ? 'made' : 'changed';
      say(`schedule ${id} ${what}: the logs of ${target} every ${formatDuration(options.every)}`);
    });
}

export function logsPauseCommand(): Command {
  return new Command('pause')
    .summary('stop collecting for a while')
    .description(
      'Pauses the schedule of a target. What is said meanwhile is collected afterwards, as far as the nodes still have it.',
    )
    .option('-r, --reason <text>', 'why; shown in the Temporal Web UI', 'paused')
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser logs pause --reason "the archive is moved"')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options & { reason: string }>();
      const { id, loaded } = await find(options);
      const note = `${options.reason} (claimed by ${callerName()})`;
      await withClient(loaded, async (client) => (await change(client, id)).pause(note));
      say(`schedule ${id} is paused; \`purser logs resume\` lets it go on`);
    });
}

export function logsResumeCommand(): Command {
  return new Command('resume')
    .summary('go on collecting')
    .description('Lets the paused schedule of a target go on.')
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser logs resume')
    .action(async (_options: unknown, command: Command) => {
      const { id, loaded } = await find(command.optsWithGlobals<Options>());
      const note = `resumed (claimed by ${callerName()})`;
      await withClient(loaded, async (client) => (await change(client, id)).unpause(note));
      say(`schedule ${id} goes on`);
    });
}

export function logsRemoveCommand(): Command {
  return new Command('remove')
    .summary('end collecting')
    .description('Removes the schedule of a target. Its bundles stay.')
    .addOption(targetOption())
    .addHelpText('after', '\nExample:\n  $ purser logs remove')
    .action(async (_options: unknown, command: Command) => {
      const { id, loaded } = await find(command.optsWithGlobals<Options>());
      await withClient(loaded, async (client) => (await change(client, id)).delete());
      say(`schedule ${id} is removed; its bundles stay`);
    });
}

function change(client: Client, id: string) {
  return scheduleToChange(client, id, MADE_BY);
}

async function find(options: Options) {
  const loaded = findConfig(options);
  const target = chooseTarget(loaded, options.target);
  return { loaded, target, id: logsId(target) };
}

function parseEvery(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= EVERY_AT_LEAST_MS && ms <= EVERY_AT_MOST_MS) return ms;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no interval; write 1m to 24h.`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
