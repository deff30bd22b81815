import { Command, Option } from 'commander';
import { BUCKETS_AT_MOST } from '../../health/model/history.ts';
import { readHistory } from '../../temporal/health.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { outputOption, targetOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { formatHistory } from './display/history.ts';
import { parseSince } from '../since.ts';

const MARGIN = 60;
const COLUMNS = 60;

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly since: Date;
  readonly stages?: boolean;
  readonly output: 'text' | 'json';
}

export function historyCommand(): Command {
  return new Command('history')
    .summary('verdicts and latencies over time')
    .description(
      "Shows what a target's checks found over time, and how long they took, from the archive's history. " +
        'Each column is one part of the time: the worst verdict in it, or the mean latency.',
    )
    .addOption(targetOption())
    .addOption(
      new Option('-s, --since <time>', 'from then on: 30m, 2h, 7d ago, or 2026-11-23T08:00:00Z')
        .argParser(parseSince)
        .default(parseSince('24h'), '24h'),
    )
    .option('--stages', 'also the latencies that each check measured')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ purser health history --since 7d --stages')
    .action(async (_options: unknown, command: Command) => {
      await history(command.optsWithGlobals<Options>());
    });
}

async function history(options: Options): Promise<void> {
  const { loaded, target } = findTarget(options);
  const request = {
    target,
    from: options.since.toISOString(),
    to: new Date().toISOString(),
    buckets: buckets(process.stdout.columns),
  };
  const found = await withClient(loaded, (client) => readHistory(client, request));
  process.stdout.write(
    options.output === 'json'
      ? `${formatJson(found)}\n`
      : `${formatHistory(found, options.stages === true)}\n`,
  );
}

// A pipe has no columns.
function buckets(columns: number | undefined): number {
  if (columns === undefined) return COLUMNS;
  return Math.min(BUCKETS_AT_MOST, Math.max(COLUMNS / 3, columns - MARGIN));
}
