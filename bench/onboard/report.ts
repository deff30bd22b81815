import { formatTable } from '../../src/cli/display/table.ts';
import type { costOf, partsOf, ratiosOf, rowOf } from './summary.ts';

/** The result of a run of the bench. Times in milliseconds. */
export interface Result {
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
    readonly medianVersionOnlyMs: number;
  };
  readonly parts: ReturnType<typeof partsOf>;
}

/** The result as tables. */
export function formatResult({
  machine,
  contenders,
  ratios,
  cost,
  command,
  parts,
  scriptNote,
}: Result): string {
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
    cpuTable(contenders),
    '',
    table(['ratio of users/s', ''], ratios, 2),
    '',
    table(['per onboarding, at Temporal', ''], cost, 1),
    'actions: start, activities, upserts; heartbeats (at most one in 2 s of an activity) and queries come on top',
    '',
    table(['one warm `purser onboard`, median of 7', 'ms'], command, 0),
    '',
    formatTable(
      ['where the time goes, mean ms', 'alone', 'in the comparison'],
      parts.map((each) => [each.part, each.aloneMs.toFixed(0), each.inTheCrowdMs.toFixed(0)]),
    ),
    '',
  ].join('\n');
}

/** The CPU time of an onboarding by program: on few cores it limits the users per second. */
function cpuTable(contenders: Result['contenders']): string {
  const programs = new Set(contenders.flatMap(({ cpuMsPerUser }) => Object.keys(cpuMsPerUser)));
  return formatTable(
    ['CPU ms a user', ...contenders.map(({ contender }) => contender)],
    [...programs].map((name) => [
      name,
      ...contenders.map(({ cpuMsPerUser }) => (cpuMsPerUser[name] ?? 0).toFixed(0)),
    ]),
  );
}
