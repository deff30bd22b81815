import { Command } from 'commander';
import { checkCommand } from './check.ts';
import { historyCommand } from './history.ts';
import { createScheduleCommands } from '../schedule.ts';
import { healthSchedule } from './schedule.ts';
import { statusCommand } from './status.ts';

export function healthCommand(): Command {
  const schedule = createScheduleCommands(healthSchedule);
  return (
    new Command('health')
      .summary('check the registries, now or on a schedule')
      .description(
        'Checks the registries, now or on a schedule: pods, operator, endpoints, writing and reading, ' +
          'metrics, identity providers. Shows what is wrong, since when, and what to do.',
      )
      .addCommand(statusCommand())
      .addCommand(checkCommand())
      .addCommand(historyCommand())
      .addCommand(schedule.group())
      // The names that they had before `schedule` had commands of its own.
      .addCommand(schedule.list(), { hidden: true })
      .addCommand(schedule.pause(), { hidden: true })
      .addCommand(schedule.resume(), { hidden: true })
      .addCommand(schedule.remove(), { hidden: true })
      .addHelpText(
        'after',
        `
Exit codes of status and check: 0 healthy, 1 unhealthy, 3 degraded or unknown.

Examples:
  $ purser health schedule --every 1m --all
  $ purser health status
  $ purser health history --since 24h`,
      )
  );
}
