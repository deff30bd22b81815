import { setTimeout as sleep } from 'node:timers/promises';
import { examine } from '../../activities/health/examine.ts';
import type { Target } from '../../activities/target.ts';
import { withSandbox } from '../../sandbox/cli/with-sandbox.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CHECKS } from '../../src/health/model/checks.ts';
import type { CheckName } from '../../src/health/model/checks.ts';
import { createTarget } from '../../src/worker.ts';

export interface HealthChecksBenchOptions {
  readonly runs: number;
  readonly targets: number;
}

const MINUTE_MS = 60_000;

/**
 * The cost of the checks: each alone, all in one run, and those of many targets over a minute, in this one
 * process (without Temporal's part).
 */
export async function benchHealthChecks({
  runs,
  targets,
}: HealthChecksBenchOptions): Promise<number> {
  return withSandbox({ replicas: 2, progress: () => {} }, async (_sandbox, file) => {
    const { config } = loadConfig(file, () => undefined);
    const target = await createTarget(config, 'sandbox');
    await measure('first run', target, CHECKS, 1);
    for (const check of CHECKS) await measure(check, target, [check], runs);
    await measure('all seven', target, CHECKS, runs);
    await spread(target, targets);
    return 0;
  });
}

async function measure(
  name: string,
  target: Target,
  checks: readonly CheckName[],
  runs: number,
): Promise<void> {
  const times: number[] = [];
  let requests = 0;
  for (let run = 0; run < runs; run += 1) {
    const began = performance.now();
    const { apiRequests } = await look(target, checks);
    times.push(performance.now() - began);
    requests = apiRequests;
  }
  const sorted = times.sort((one, other) => one - other);
  const median = Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  const worst = Math.round(sorted.at(-1) ?? 0);
  console.log(
    `${name.padEnd(12)} median ${median} ms, worst ${worst} ms, ${requests} API requests`,
  );
}

async function spread(target: Target, count: number): Promise<void> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  let worst = 0;
  let bad = 0;
  const all = Array.from({ length: count }, async (_, index) => {
    await sleep((index * MINUTE_MS) / count);
    const start = performance.now();
    const { results } = await look({ ...target, name: `target-${index}` }, CHECKS);
    worst = Math.max(worst, performance.now() - start);
    if (results.some(({ verdict }) => verdict !== 'healthy')) bad += 1;
  });
  await Promise.all(all);
  const { user, system } = process.cpuUsage(cpu);
  const share = ((user + system) / 1_000 / (performance.now() - began)) * 100;
  const memory = Math.round(process.memoryUsage().rss / 1_048_576);
  console.log(
    `${count} targets in a minute: ${share.toFixed(0)} % of one core, ${memory} MiB, slowest run ${Math.round(worst)} ms, ${bad} not healthy`,
  );
}

function look(target: Target, checks: readonly CheckName[]) {
  const signal = AbortSignal.timeout(2 * MINUTE_MS);
  return examine(target, { checks, memory: {} }, { run: 'bench', signal, show: () => {} });
}
