import { Command } from 'commander';
import { checkCommand } from './check.ts';
import { historyCommand } from './history.ts';
import { healthListCommand } from './list.ts';
import {
  healthPauseCommand,
  healthRemoveCommand,
  healthResumeCommand,
  healthScheduleCommand,
} from './schedule.ts';
import { statusCommand } from './status.ts';

export function healthCommand(): Command {
  return new Command('health')
    .description(
      'Checks the registries, now or on a schedule: pods, operator, endpoints, writing and reading,\n' +
        'metrics, identity providers. Says what is wrong, since when, and what to do.',
    )
    .addCommand(statusCommand())
    .addCommand(checkCommand())
    .addCommand(historyCommand())
    .addCommand(healthScheduleCommand())
    .addCommand(healthListCommand())
    .addCommand(healthPauseCommand())
    .addCommand(healthResumeCommand())
    .addCommand(healthRemoveCommand())
    .addHelpText(
      'after',
      `
Exit codes of status and check: 0 healthy, 1 unhealthy, 3 degraded or unknown.

Examples:
  $ purser health schedule --every 1m --all
  $ purser health status
  $ purser health history --since 24h`,
    );
}
