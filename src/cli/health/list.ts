import { Command } from 'commander';
import type { Client } from '@temporalio/client';
import { reportOn } from '../../temporal/health.ts';
import { healthId } from '../../../workflows/contract.ts';
import { findConfig, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { outputOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { formatSchedules } from './display/schedules.ts';

interface Options extends GlobalOptions {
  readonly output: 'text' | 'json';
}

export function healthListCommand(): Command {
  return new Command('list')
    .summary('which checks are scheduled')
    .description(
      'Lists the schedules of health checks, whether purser.yaml names their target or not.',
    )
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ purser health list')
    .action(async (_options: unknown, command: Command) => {
      await list(command.optsWithGlobals<Options>());
    });
}

async function list(options: Options): Promise<void> {
  const loaded = findConfig(options);
  const reports = await withClient(loaded, async (client) => {
    const targets = await scheduledTargets(client);
    return Promise.all(targets.map((target) => reportOn(client, target, { archive: false })));
  });
  if (options.output === 'json') {
    process.stdout.write(`${formatJson(reports)}\n`);
  } else if (reports.length === 0) {
    process.stdout.write('no checks are scheduled; `purser health schedule --all` does so\n');
  } else {
    process.stdout.write(`${formatSchedules(reports, new Date())}\n`);
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
