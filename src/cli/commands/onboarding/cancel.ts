import { WorkflowNotFoundError } from '@temporalio/client';
import { Command } from 'commander';
import { PurserError } from '../../../domain/errors.ts';
import { findConfig, withClient } from '../../context.ts';
import type { GlobalOptions } from '../../context.ts';

export const cancelCommand = (): Command =>
  new Command('cancel')
    .description('Ends a running onboarding; it takes back everything that it made first.')
    .argument('<workflow-id>', 'as `purser onboard` prints it')
    .addHelpText('after', "\nExample:\n  $ purser cancel 'onboard/prod/User/alice'")
    .action(async (workflowId: string, _options: unknown, command: Command) => {
      const loaded = await findConfig(command.optsWithGlobals<GlobalOptions>());
      await withClient(loaded, async (client) => {
        try {
          await client.workflow.getHandle(workflowId).cancel();
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
          throw new PurserError('NotConfigured', `no workflow ${workflowId} is running`);
        }
      });
      process.stdout.write(`${workflowId} is being cancelled, and undone\n`);
    });
