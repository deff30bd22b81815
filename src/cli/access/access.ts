import { Command } from 'commander';
import type { AccessRow } from '../../access/model/grants/access-list.ts';
import { runListAccess } from '../../temporal/starts.ts';
import { chooseTarget, findConfig, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { outputOption } from '../options.ts';
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
      .description(
        "Lists Purser's own bindings, as the cluster has them now, with what has changed since they were made\n" +
          '(others added by hand, a subject of another uid). Access by other bindings is not here.',
      )
      .option('-t, --target <name>', 'which cluster of purser.yaml (default: the only one)')
      .addOption(outputOption())
      .addHelpText('after', '\nExample:\n  $ purser access list --output json')
      .action(async (_options: unknown, command: Command) => {
        await list(command.optsWithGlobals<Options>());
      }),
  );
}

async function list(options: Options): Promise<void> {
  const loaded = findConfig(options);
  const target = chooseTarget(loaded, options.target);
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
  'ASKED BY (CLAIMED)',
  'REASON',
  'MARKS',
];

// A table is pasted into spreadsheets, and whoever may edit a binding has written these cells.
function cellsOf(row: AccessRow): readonly string[] {
  const { subject, access, role, state, since, requestedBy = '', reason = '', marks = [] } = row;
  return [subject, access, role, state, since, requestedBy, reason, marks.join('; ')].map(
    plainCell,
  );
}
