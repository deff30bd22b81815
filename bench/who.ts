import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTable } from '../src/cli/display/table.ts';
import { median } from './statistics.ts';
import { writeMonth } from './who-bundles.ts';

const PURSER = fileURLToPath(new URL('../bin/purser', import.meta.url));
const MB = 1_000_000;

export interface WhoBenchOptions {
  readonly bundles: number;
  readonly mb: number;
  readonly runs: number;
  readonly output: 'text' | 'json';
}

/** The queries, as a person types them; the first measures the start of a process. */
const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  'floor: purser --version': ['--version'],
  'who, everything': ['logs', 'who'],
  'who --each --output csv': ['logs', 'who', '--each', '--output', 'csv'],
  'who --user': ['logs', 'who', '--user', 'person-7'],
  'who --action refused --since 7d': ['logs', 'who', '--action', 'refused', '--since', '7d'],
};

/** Measures how long `purser logs who` takes over a month of bundles, start of the process included. */
export function benchWho({ bundles, mb, runs, output }: WhoBenchOptions): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-bench-who-'));
  try {
    const config = path.join(folder, 'purser.yaml');
    writeFileSync(config, 'archive: { folder: archive }\ntargets: { prod: {} }\n');
    const month = { days: bundles, bytesADay: mb * MB };
    const written = writeMonth(path.join(folder, 'archive'), 'prod', month);
    const rows = Object.entries(QUESTIONS).map(([question, args]) => {
      ask(config, args);
      const took = Array.from({ length: runs }, () => ask(config, args));
      return {
        question,
        medianMs: Math.round(median(took.map(({ ms }) => ms))),
        worstMs: Math.round(Math.max(...took.map(({ ms }) => ms))),
        lines: took[0]?.lines ?? 0,
      };
    });
    print({ bundles, mb, ...written, load: os.loadavg()[0] ?? 0, rows }, output);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ask(config: string, args: readonly string[]) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(PURSER, ['--config', config, ...args], {
    encoding: 'utf8',
    maxBuffer: 1024 * MB,
  });
  const ms = performance.now() - began;
  if (status !== 0) throw new Error(`purser ${args.join(' ')} ended with ${status}: ${stderr}`);
  return { ms, lines: stdout.split('\n').length - 1 };
}

interface Result {
  readonly bundles: number;
  readonly mb: number;
  readonly indexBytes: number;
  readonly requests: number;
  readonly load: number;
  readonly rows: readonly {
    readonly question: string;
    readonly medianMs: number;
    readonly worstMs: number;
    readonly lines: number;
  }[];
}

function print(result: Result, output: 'text' | 'json'): void {
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const { bundles, mb, indexBytes, requests, load, rows } = result;
  const head = ['question', 'median ms', 'worst ms', 'lines of answer'];
  const cells = rows.map((row) => Object.values(row).map(String));
  process.stdout.write(
    `${bundles} bundles of ${mb} MB of log (${requests} requests); their indexes: ${(indexBytes / MB).toFixed(1)} MB; load ${load.toFixed(1)}\n\n${formatTable(head, cells)}\n`,
  );
}
