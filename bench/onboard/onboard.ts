import os from 'node:os';
import { runCommands, timeNothing } from './command.ts';
import { runComparison } from './comparison.ts';
import { formatResult } from './report.ts';
import { findTools } from './script.ts';
import { median } from '../statistics.ts';
import { costOf, partsOf, ratiosOf, rowOf } from './summary.ts';
import { tell, withEnvironment } from '../environment.ts';

export interface OnboardBenchOptions {
  readonly users: number;
  readonly rounds: number;
  readonly parallel: number;
  readonly output: 'text' | 'json';
}

const COMMANDS = 7;

/**
 * Purser, the script and the floors side by side on one sandbox, and single commands from start to
 * proven. Prints tables, or one JSON object; resolves to the exit code.
 */
export async function benchOnboard(options: OnboardBenchOptions): Promise<number> {
  const { missing, kubectl } = findTools();
  const withScript = missing.length === 0;
  const scriptNote = withScript
    ? `the script's kubectl: ${kubectl}`
    : `NOT MEASURED: the script's rows are left out, because ${missing.join(', ')} cannot be run here`;
  tell(scriptNote);
  return withEnvironment(async (env) => {
    const loadBefore = load();
    const comparison = await runComparison(env, { ...options, withScript });
    const runs = await runCommands(env, COMMANDS);
    const rows = comparison.standings.map(rowOf);
    const result = {
      machine: {
        cores: os.availableParallelism(),
        node: process.version,
        loadBefore,
        loadAfter: load(),
      },
      ...options,
      scriptNote,
      contenders: rows,
      ratios: ratiosOf(rows),
      cost: costOf(comparison),
      command: {
        medianWallMs: median(runs.map(({ wallMs }) => wallMs)),
        medianWorkflowMs: median(runs.map(({ course }) => course.totalMs)),
        medianVersionOnlyMs: median(await timeNothing(COMMANDS)),
      },
      commandWallMs: runs.map(({ wallMs }) => wallMs),
      parts: partsOf(runs, comparison.onboardings),
    };
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : formatResult(result),
    );
    return 0;
  });
}

/** The load average of the last minute. */
function load(): number {
  return Math.round((os.loadavg()[0] ?? 0) * 100) / 100;
}
