import os from 'node:os';
import { formatTable } from '../src/cli/table.ts';
import { runCommands, timeNothing } from './command.ts';
import { holdContest } from './contest.ts';
import { findTools } from './script.ts';
import { median } from './statistics.ts';
import { costOf, partsOf, ratiosOf, rowOf } from './summary.ts';
import { tell, withWorld } from './world.ts';

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
  return withWorld(async (world) => {
    const loadBefore = load();
    const contest = await holdContest(world, { ...options, withScript });
    const runs = await runCommands(world, COMMANDS);
    const rows = contest.standings.map(rowOf);
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
      cost: costOf(contest),
      command: {
        wallMs: runs.map(({ wallMs }) => wallMs),
        medianWallMs: median(runs.map(({ wallMs }) => wallMs)),
        medianWorkflowMs: median(runs.map(({ course }) => course.totalMs)),
        medianNothingMs: median(await timeNothing(COMMANDS)),
      },
      parts: partsOf(runs, contest.onboardings),
    };
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : format(result),
    );
    return 0;
  });
}

interface Result {
  readonly machine: {
    readonly cores: number;
    readonly node: string;
    readonly loadBefore: number;
    readonly loadAfter: number;
  };
  readonly scriptNote: string;
  readonly contenders: readonly ReturnType<typeof rowOf>[];
  readonly ratios: ReturnType<typeof ratiosOf>;
  readonly cost: ReturnType<typeof costOf>;
  readonly command: {
    readonly medianWallMs: number;
    readonly medianWorkflowMs: number;
    readonly medianNothingMs: number;
  };
  readonly parts: ReturnType<typeof partsOf>;
}

function format({ machine, contenders, ratios, cost, command, parts, scriptNote }: Result): string {
  const { cores, node, loadBefore, loadAfter } = machine;
  const head = [
    'contender',
    'users',
    'users/s',
    'median ms',
    'p95 ms',
    'API calls',
    'registry calls',
  ];
  const rows = contenders.map((row) => [
    row.contender,
    String(row.users),
    row.usersPerSecond.toFixed(2),
    row.medianMs.toFixed(0),
    row.p95Ms.toFixed(0),
    row.apiCallsPerUser.toFixed(1),
    row.registryCallsPerUser.toFixed(1),
  ]);
  const table = (
    names: readonly string[],
    values: Readonly<Record<string, number>>,
    digits: number,
  ) =>
    formatTable(
      names,
      Object.entries(values).map(([name, value]) => [name, value.toFixed(digits)]),
    );
  return [
    '',
    `${cores} cores, Node ${node}, load average ${loadBefore} before and ${loadAfter} after; ${scriptNote}`,
    '',
    formatTable(head, rows),
    '',
    table(['ratio of users/s', ''], ratios, 2),
    '',
    table(['per onboarding, at Temporal', ''], cost, 1),
    'actions: start, activities, upserts; heartbeats (at most 1/s of an activity) and queries come on top',
    '',
    table(['one warm `purser onboard`, median of 7', 'ms'], command, 0),
    '',
    formatTable(
      ['where the time goes, mean ms', 'alone', 'in the contest'],
      parts.map((each) => [each.part, each.aloneMs.toFixed(0), each.inTheCrowdMs.toFixed(0)]),
    ),
    '',
  ].join('\n');
}

/** The load average of the last minute. */
function load(): number {
  return Math.round((os.loadavg()[0] ?? 0) * 100) / 100;
}
