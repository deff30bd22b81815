import { Command } from 'commander';
import { listCommand } from './list.ts';
import { showCommand } from './show.ts';
import { verifyCommand } from './verify.ts';
import { whoCommand } from './who.ts';

export const logsCommand = (): Command =>
  new Command('logs')
    .description('collect the logs of the registry, look at them, and ask them who did what')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(whoCommand());
