import { readFileSync } from 'node:fs';
import { dataPaths } from '../../sandbox/folder/paths.ts';
import { cpuBetween, readCpu } from '../cpu.ts';
import type { CpuTimes } from '../cpu.ts';
import { sum } from '../statistics.ts';
import type { Environment } from '../environment.ts';

/** One contender's turn for a number of users. */
export interface Turn {
  readonly users: number;
  readonly seconds: number;
  /** From the start of each to its end, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** All requests that reached the API server meanwhile, also the registry's own reviews. */
  readonly apiCalls: number;
  readonly registryCalls: number;
  /** By program of the sandbox, without the bench's own process and the script's. */
  readonly cpu: CpuTimes;
}

/** Measures `act`, and counts the requests to the API server and the registry meanwhile. */
export async function takeTurn(
  env: Environment,
  act: () => Promise<readonly number[]>,
): Promise<Turn> {
  const before = await count(env);
  const cpuBefore = readCpu(env.sandbox.programs);
  const began = performance.now();
  const latenciesMs = await act();
  const seconds = (performance.now() - began) / 1000;
  const cpu = cpuBetween(cpuBefore, readCpu(env.sandbox.programs));
  const after = await count(env);
  return {
    users: latenciesMs.length,
    seconds,
    latenciesMs,
    apiCalls: after.api - before.api,
    registryCalls: after.registry - before.registry,
    cpu,
  };
}

/** Runs `act` for each item, at most `parallel` at once. Resolves to how long each took, in ms. */
export async function inParallel<T>(
  items: readonly T[],
  parallel: number,
  act: (item: T) => Promise<void>,
): Promise<readonly number[]> {
  const left = items.values();
  const latencies: number[] = [];
  const lane = async (): Promise<void> => {
    for (const item of left) {
      const began = performance.now();
      await act(item);
      latencies.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return latencies;
}

async function count(
  env: Environment,
): Promise<{ readonly api: number; readonly registry: number }> {
  const { info } = env.sandbox;
  const { podLog } = dataPaths(info.dataDir);
  const logs = info.registry.pods.map((pod) => readFileSync(podLog(pod), 'utf8'));
  const { body } = await env.admin.send('GET', '/metrics');
  // apiserver_request_total omits requests that are proxied to the aggregated API; this one includes them.
  const dispatched = [
    ...String(body).matchAll(/^apiserver_flowcontrol_dispatched_requests_total\{.*\} (\S+)$/gm),
  ];
  return {
    api: sum(dispatched.map(([, value]) => Number(value))),
    registry: logs.join('').split(' msg=response ').length - 1,
  };
}
