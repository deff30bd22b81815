import { Command } from 'commander';
import { collectCommand } from './collect.ts';
import { listCommand } from './list.ts';
import { pauseCommand, removeCommand, resumeCommand, scheduleCommand } from './schedule.ts';
import { showCommand } from './show.ts';
import { tailCommand } from './tail.ts';
import { verifyCommand } from './verify.ts';
import { whoCommand } from './who.ts';

export const logsCommand = (): Command =>
  new Command('logs')
    .description('collect the logs of the registry, look at them, and ask them who did what')
    .addCommand(collectCommand())
    .addCommand(scheduleCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(removeCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(whoCommand())
    .addCommand(tailCommand());
