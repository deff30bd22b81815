import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { formatTable } from '../../src/cli/display/table.ts';
import { createAuditIndex } from '../../src/logs/audit/audit-index.ts';
import { createRedactor } from '../../src/logs/redact/redact.ts';
import type { Redactor } from '../../src/logs/redact/redact.ts';
import { pack } from '../../src/logs/stream/pack.ts';
import { emptyReadResult, readRun } from '../../src/logs/stream/read-run.ts';
import { median } from '../statistics.ts';
import { registryLog } from './registry-log.ts';

export interface LogsStreamBenchOptions {
  readonly mib: number;
  readonly rounds: number;
  readonly output: 'text' | 'json';
}

/** The size of a TLS record. */
const CHUNK = 16 * 1024;
const MIB = 1024 * 1024;

/**
 * Measures the stream alone, without a network: bytes of the log API → lines → redaction → zstd, and the
 * share of each stage. MiB of log per second of wall time and of CPU time.
 */
export async function benchLogsStream(options: LogsStreamBenchOptions): Promise<number> {
  const log = registryLog(options.mib * MIB);
  const stages = {
    read: readOnly,
    'read, redact': readRedact,
    'read, redact, zstd': readRedactZstd,
    index,
  };
  const rows = [];
  for (const [stage, run] of Object.entries(stages)) {
    const runs = [];
    for (let round = 0; round < options.rounds; round += 1) runs.push(await timed(log, run));
    rows.push({
      stage,
      wallMiBs: median(runs.map(({ wallMiBs }) => wallMiBs)),
      cpuMiBs: median(runs.map(({ cpuMiBs }) => cpuMiBs)),
      residentMiB: Math.max(...runs.map(({ residentMiB }) => residentMiB)),
    });
  }
  const result = { mib: options.mib, load: os.loadavg()[0], rows };
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : `${formatTable(
          ['stage', 'MiB/s', 'MiB per CPU s', 'resident MiB (log included)'],
          rows.map(({ stage, ...row }) => [
            stage,
            ...Object.values(row).map((each) => each.toFixed(0)),
          ]),
        )}\n`,
  );
  return 0;
}

type Stage = (log: Buffer) => Promise<void>;

const NOTHING: Redactor = {
  block: (block) => block,
  counts: () => ({}),
  memory: () => undefined,
  skip: () => {},
};
const readOnly: Stage = async (log) => drain(reading(log, NOTHING));
const readRedact: Stage = async (log) => drain(reading(log, createRedactor()));
const readRedactZstd: Stage = async (log) =>
  drain(pack(reading(log, createRedactor()), { fileBytes: 0, sha256: '' }));

const index: Stage = async (log) => {
  const access = createAuditIndex();
  for (let start = 0; start < log.length;) {
    const end = log.indexOf(0x0a, start);
    access.line(log.subarray(start + 31, end));
    start = end + 1;
  }
  access.finish();
};

function reading(log: Buffer, redactor: Redactor) {
  const until = '2026-01-01T00:00:00Z';
  const limits = { bytes: Infinity, lines: Infinity, lineBytes: 256 * 1024 };
  const { signal } = new AbortController();
  const open = async () => chunksOf(log);
  const mayPass = () => false;
  return readRun(
    { open, until, hasEnded: false, limits, redactor, signal, mayPass },
    emptyReadResult(),
  );
}

async function* chunksOf(log: Buffer): AsyncIterable<Uint8Array> {
  for (let start = 0; start < log.length; start += CHUNK) yield log.subarray(start, start + CHUNK);
}

async function drain(blocks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const block of blocks) void block;
}

async function timed(log: Buffer, run: Stage) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await run(log);
  const { user, system } = process.cpuUsage(cpu);
  const mib = log.length / MIB;
  return {
    wallMiBs: mib / ((performance.now() - began) / 1000),
    cpuMiBs: mib / ((user + system) / 1_000_000),
    residentMiB: process.memoryUsage().rss / MIB,
  };
}
