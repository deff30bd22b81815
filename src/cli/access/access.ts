import { Command } from 'commander';
import type { AccessRow } from '../../access/model/grants/access-list.ts';
import { runListAccess } from '../../temporal/starts.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { outputOption, targetOption } from '../options.ts';
import { plainCell } from '../logs/display/csv.ts';
import { formatJson } from '../display/json.ts';
import { formatTable } from '../display/table.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly output: 'text' | 'json';
}

export function accessCommand(): Command {
  return new Command('access').description('what Purser has granted').addCommand(
    new Command('list')
      .summary("list Purser's own bindings")
      .description(
        "Lists Purser's own bindings as the cluster has them now. Marks what has changed since they were made, " +
          'such as subjects added by hand, or a subject with another uid. Other bindings are not listed.',
      )
      .addOption(targetOption())
      .addOption(outputOption())
      .addHelpText('after', '\nExample:\n  $ purser access list --output json')
      .action(async (_options: unknown, command: Command) => {
        await list(command.optsWithGlobals<Options>());
      }),
  );
}

async function list(options: Options): Promise<void> {
  const { loaded, target } = findTarget(options);
  const rows = await withClient(loaded, (client) => runListAccess(client, target));
  if (options.output === 'json') {
    process.stdout.write(`${formatJson(rows)}\n`);
    return;
  }
  if (rows.length === 0) {
    process.stdout.write(`Purser has granted nothing on ${target} yet\n`);
    return;
  }
  process.stdout.write(`${formatTable(HEAD, rows.map(cellsOf))}\n`);
}

const HEAD = [
  'SUBJECT',
  'ACCESS',
  'ROLE',
  'STATE',
  'SINCE',
  'REQUESTED BY (CLAIMED)',
  'REASON',
  'MARKS',
];

// Tables are pasted into spreadsheets, and every account that may edit a binding can write these cells.
function cellsOf(row: AccessRow): readonly string[] {
  const { subject, access, role, state, since, requestedBy = '', reason = '', marks = [] } = row;
  return [subject, access, role, state, since, requestedBy, reason, marks.join('; ')].map(
    plainCell,
  );
}
