import { Command } from 'commander';
import { addSearchAttributes } from '../temporal/search-attributes.ts';
import { findConfig, withClient } from './context.ts';
import type { GlobalOptions } from './context.ts';

export function setupCommand(): Command {
  return new Command('setup')
    .summary("register Purser's search attributes with Temporal")
    .description(
      "Registers Purser's search attributes with Temporal. Running it again changes nothing.",
    )
    .addHelpText('after', '\nExample:\n  $ purser setup --config purser.yaml')
    .action(async (_options: unknown, command: Command) => {
      const loaded = findConfig(command.optsWithGlobals<GlobalOptions>());
      const added = await withClient(loaded, addSearchAttributes);
      process.stdout.write(
        added.length === 0
          ? 'every search attribute is registered already\n'
          : `registered ${added.join(', ')}\n`,
      );
    });
}
