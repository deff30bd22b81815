import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import { worstVerdict } from '../../health/model/checks.ts';
import type { Verdict } from '../../health/model/checks.ts';
import type { HealthState } from '../../health/model/state.ts';
import { checkHealthNow } from '../../temporal/health.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption, targetOption } from '../options.ts';
import { describePending } from './display/awaited.ts';
import { codeOfVerdict, formatFound } from './display/health.ts';
import { formatJson } from '../display/json.ts';
import { reportPending } from './display/waiting.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly output: 'text' | 'json';
}

export function checkCommand(): Command {
  return new Command('check')
    .summary('run the checks once, now')
    .description(
      "Runs a target's checks now, and shows what this run found, without regard to earlier runs. If the " +
        'checks have a schedule, this is a run of it: its result counts, and it waits until a current run ends.',
    )
    .addOption(targetOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExit codes, by what this run found: 0 healthy, 1 unhealthy, 3 degraded or\n' +
        'unknown, 130 if you did not wait for it (Ctrl-C).\n' +
        '\nExample:\n  $ purser health check --target prod || echo "look at it"',
    )
    .action(async (_options: unknown, command: Command) => {
      process.exitCode = await checkNow(command.optsWithGlobals<Options>());
    });
}

async function checkNow(options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const state = await withClient(loaded, (client) => checkAndReport(client, target));
  const found = verdictOfRun(state);
  process.stdout.write(
    options.output === 'json'
      ? `${formatJson({ found, ...state })}\n`
      : `${formatFound(state, found, new Date())}\n`,
  );
  return codeOfVerdict(found);
}

/** Runs the checks, and reports if they wait for a worker or another run. Ctrl-C ends only the wait. */
async function checkAndReport(client: Client, target: string): Promise<HealthState> {
  const ended = new AbortController();
  const interrupt = () => {
    process.stderr.write(
      `the check of ${target} goes on without you; \`purser health status --target ${target}\` shows the result\n`,
    );
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', interrupt);
  const reporting = reportPending(() => describePending(client, target), ended.signal);
  try {
    return await checkHealthNow(client, target, ended.signal);
  } finally {
    ended.abort();
    await reporting;
    process.off('SIGINT', interrupt);
  }
}

function verdictOfRun({ checks }: HealthState): Verdict {
  const found = Object.entries(checks).filter(([check]) => check !== 'probe');
  if (found.length === 0) return 'unknown';
  return worstVerdict(found.map(([, each]) => each.found));
}
