import os from 'node:os';
import { formatTable } from '../../src/cli/display/table.ts';
import { cpuBetween, readCpu } from '../cpu.ts';
import { median } from '../statistics.ts';
import { tell, withEnvironment } from '../environment.ts';
import type { Environment } from '../environment.ts';
import { startCollector } from './collector.ts';
import type { Collector } from './collector.ts';
import { logFileOf, collectWithKubectl, measureIdle, collectWithPurser } from './contenders.ts';
import type { CollectionCost } from './contenders.ts';
import { addRegistryLog } from './registry-log.ts';

export interface LogsBenchOptions {
  readonly mib: number;
  readonly rounds: number;
  readonly output: 'text' | 'json';
}

const HEADINGS = [
  '',
  'seconds',
  'MiB/s',
  'of kubectl',
  'ratio',
  'CPU s: API server',
  'kwok',
  'itself',
  'peak MiB',
];
const MIB = 1024 * 1024;
const CONTENDERS = ['floor', 'kubectl', 'purser'] as const;
type Contender = (typeof CONTENDERS)[number];

/** One turn: CPU seconds by program, and the collector's memory if it was Purser's turn. */
interface Turn extends CollectionCost {
  readonly contender: Contender;
  readonly cpu: Readonly<Record<string, number>>;
  readonly memory?: ReturnType<Collector['memory']>;
}

/**
 * Collects a registry's log through a sandbox's API server, in turns: with Purser, with `kubectl logs
 * --timestamps | zstd -3`, and by only reading it. Prints a table or JSON; resolves to the exit code.
 */
export async function benchLogs(options: LogsBenchOptions): Promise<number> {
  return withEnvironment(async (env) => {
    // One target a round, each without a bundle, so that all of the log is new to it. The first one is the
    // warm-up.
    const targets = Array.from({ length: options.rounds + 1 }, (_, round) => `bench-logs-${round}`);
    const collector = await startCollector(env, targets);
    const [warm = '', ...rest] = targets;
    await collectWithPurser(env, warm, { lines: 0 });
    const idle = collector.memory();
    tell(`writing ${options.mib} MiB of log`);
    const log = addRegistryLog(logFileOf(env), options.mib * MIB);
    const turns: Turn[] = [];
    for (const [round, target] of rest.entries()) {
      for (const contender of inTurn(round)) {
        if (env.signal.aborted) return 130;
        turns.push(await takeTurn(env, { contender, target, log, collector }));
        tell(`round ${round + 1}: ${contender} took ${turns.at(-1)?.seconds.toFixed(1)} s`);
      }
    }
    show(options, { log, idle, turns });
    return 0;
  });
}

// Each contender is first, second and last in turn, because it profits from the caches of the one before.
function inTurn(round: number): readonly Contender[] {
  const from = round % CONTENDERS.length;
  return [...CONTENDERS.slice(from), ...CONTENDERS.slice(0, from)];
}

async function takeTurn(
  env: Environment,
  {
    contender,
    target,
    log,
    collector,
  }: {
    readonly contender: Contender;
    readonly target: string;
    readonly log: { readonly lines: number };
    readonly collector: Collector;
  },
): Promise<Turn> {
  const { programs } = env.sandbox;
  collector.resetPeak();
  const before = readCpu(programs);
  const went = await {
    floor: () => measureIdle(env),
    kubectl: () => collectWithKubectl(env),
    purser: () => collectWithPurser(env, target, log),
  }[contender]();
  const cpu = Object.entries(cpuBetween(before, readCpu(programs)))
    .map(([name, ms]) => [name, ms / 1000] as const)
    .filter(([, seconds]) => seconds >= 0.1);
  const memory = contender === 'purser' ? { memory: collector.memory() } : {};
  return { ...went, contender, cpu: Object.fromEntries(cpu), ...memory };
}

interface Result {
  readonly log: { readonly lines: number; readonly bytes: number };
  readonly idle: ReturnType<Collector['memory']>;
  readonly turns: readonly Turn[];
}

function show({ output }: LogsBenchOptions, { log, idle, turns }: Result): void {
  const rows = CONTENDERS.map((contender) => {
    const own = turns.filter((turn) => turn.contender === contender);
    const seconds = median(own.map((turn) => turn.seconds));
    return {
      contender,
      seconds,
      mibPerSecond: log.bytes / MIB / seconds,
      ratio: log.bytes / median(own.map(({ fileBytes }) => fileBytes)),
      cpu: Object.fromEntries(
        ['kube-apiserver', 'kwok', 'logs-worker'].map((name) => [
          name,
          median(own.map(({ cpu }) => cpu[name] ?? 0)),
        ]),
      ),
      ownCpuSeconds: median(own.map(({ ownCpuSeconds = 0 }) => ownCpuSeconds)),
      peakMiB: Math.max(...own.map(({ memory }) => memory?.peakMiB ?? 0)),
    };
  });
  const result = { log, load: os.loadavg()[0], idleMiB: idle?.nowMiB, rows, turns };
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : `${tableOf(result)}\n`,
  );
}

function tableOf({ log, idleMiB, rows }: Pick<Result, 'log'> & TableOf): string {
  const kubectl = rows.find(({ contender }) => contender === 'kubectl')?.seconds ?? 0;
  const or = (value: number, digits: number) => (value > 0 ? value.toFixed(digits) : '');
  const table = formatTable(
    HEADINGS,
    rows.map(({ contender, seconds, mibPerSecond, ratio, cpu, ownCpuSeconds, peakMiB }) => [
      contender,
      seconds.toFixed(1),
      mibPerSecond.toFixed(1),
      (kubectl / seconds).toFixed(2),
      Number.isFinite(ratio) ? ratio.toFixed(1) : '',
      or(cpu['kube-apiserver'] ?? 0, 1),
      or(cpu['kwok'] ?? 0, 1),
      or((cpu['logs-worker'] ?? 0) + ownCpuSeconds, 1),
      or(peakMiB, 0),
    ]),
  );
  const idle = idleMiB === undefined ? 'unknown' : `${idleMiB.toFixed(0)} MiB`;
  return `${(log.bytes / MIB).toFixed(0)} MiB, ${log.lines} lines; the worker before it: ${idle}\n\n${table}`;
}

interface TableOf {
  readonly idleMiB: number | undefined;
  readonly rows: readonly {
    readonly contender: Contender;
    readonly seconds: number;
    readonly mibPerSecond: number;
    readonly ratio: number;
    readonly cpu: Readonly<Record<string, number>>;
    readonly ownCpuSeconds: number;
    readonly peakMiB: number;
  }[];
}
