import { Command } from 'commander';
import { findConfig, withClient } from '../context.ts';
import { reportOn } from '../../temporal/health.ts';
import type { HealthReport } from '../../temporal/health.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { collect, outputOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { codeOfVerdict, formatHealth } from './display/health.ts';
import { chooseTargets } from '../targets.ts';

interface Options extends GlobalOptions {
  readonly target?: readonly string[];
  readonly output: 'text' | 'json';
}

export function statusCommand(): Command {
  return new Command('status')
    .summary('the result of the last run of the checks')
    .description(
      'Shows the result of the last run of the checks: verdict, findings with cause and advice, since when, ' +
        'when last good, and when the next run is due. Runs no checks.',
    )
    .option('-t, --target <name>', 'only this target (repeatable; default: all)', collect)
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExit codes, by the worst target: 0 healthy, 1 unhealthy,\n' +
        '            3 degraded, unknown, or no run in time.\n' +
        '\nExample:\n  $ purser health status --target prod',
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await status(command.optsWithGlobals<Options>());
    });
}

async function status(options: Options): Promise<number> {
  const loaded = findConfig(options);
  const targets = chooseTargets(loaded, { ...options, all: options.target === undefined });
  const reports = await withClient(loaded, (client) =>
    Promise.all(targets.map((target) => reportOn(client, target, { archive: true }))),
  );
  process.stdout.write(
    options.output === 'json'
      ? `${formatJson(reports)}\n`
      : `${reports.map((report) => formatHealth(report, new Date())).join('\n\n')}\n`,
  );
  const codes = reports.map(codeOf);
  return codes.find((code) => code === EXIT.failed) ?? Math.max(...codes);
}

function codeOf({ state, isLate }: HealthReport): number {
  return codeOfVerdict(isLate ? 'unknown' : (state?.verdict ?? 'unknown'));
}
