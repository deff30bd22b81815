import { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { formatDuration } from '../../../domain/duration.ts';
import { reportOn } from '../../../temporal/health.ts';
import type { HealthReport } from '../../../temporal/health.ts';
import { healthId } from '../../../../workflows/contract.ts';
import { findConfig, withClient } from '../../context.ts';
import type { GlobalOptions } from '../../context.ts';
import { outputOption } from '../../options.ts';
import { formatAgo } from '../../show/health/health.ts';
import { formatTable } from '../../show/table.ts';

interface Options extends GlobalOptions {
  readonly output: 'text' | 'json';
}

export const listCommand = (): Command =>
  new Command('list')
    .summary('which checks are scheduled')
    .description(
      'Lists the schedules of health checks, whether purser.yaml names their target or not.',
    )
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ purser health list')
    .action(async (_options: unknown, command: Command) => {
      await list(command.optsWithGlobals<Options>());
    });

async function list(options: Options): Promise<void> {
  const loaded = await findConfig(options);
  const reports = await withClient(loaded, async (client) => {
    const targets = await scheduledTargets(client);
    return Promise.all(targets.map((target) => reportOn(client, target, { archive: false })));
  });
  if (options.output === 'json') {
    process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
  } else if (reports.length === 0) {
    process.stdout.write('no checks are scheduled; `purser health schedule --all` does so\n');
  } else {
    const head = ['TARGET', 'EVERY', 'SCHEDULE', 'VERDICT', 'SINCE', 'LAST RUN', 'NEXT'];
    process.stdout.write(
      `${formatTable(
        head,
        reports.map((each) => rowOf(each, new Date())),
      )}\n`,
    );
  }
}

async function scheduledTargets(client: Client): Promise<readonly string[]> {
  const prefix = healthId('');
  const targets: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    if (scheduleId.startsWith(prefix)) targets.push(scheduleId.slice(prefix.length));
  }
  return targets.sort();
}

function rowOf({ target, schedule, state, isLate }: HealthReport, now: Date): readonly string[] {
  const last =
    state === undefined
      ? ['no run yet', '', '']
      : [state.verdict, formatAgo(state.since, now), `${formatAgo(state.at, now)} ago`];
  if (schedule === undefined) return [target, '', 'removed', ...last, ''];
  const { everyMs, isPaused, note = 'no reason given', next } = schedule;
  const how = isPaused ? `paused: ${note}` : 'active';
  const due = next === undefined ? '' : `${next.toISOString().slice(0, 19)}Z`;
  return [target, formatDuration(everyMs), isLate ? 'LATE' : how, ...last, due];
}
