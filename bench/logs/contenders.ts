import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { connect } from '../../src/kubernetes/api/connection.ts';
import { openPodLog } from '../../src/kubernetes/pod-logs.ts';
import { dataPaths } from '../../sandbox/folder/paths.ts';
import { REGISTRY_NAMESPACE } from '../../src/domain/registry-namespace.ts';
import { startCollectLogs } from '../../src/temporal/starts.ts';
import type { Environment } from '../environment.ts';

/** The result of one contender, in seconds and bytes. `ownCpuSeconds` is unknown for the floor. */
export interface CollectionCost {
  readonly seconds: number;
  readonly fileBytes: number;
  readonly ownCpuSeconds?: number;
}

const KUBECTL = process.env['KUBECTL'] ?? 'kubectl';

/** The command of an administrator: the whole log with the API's times, compressed. */
export async function collectWithKubectl({ sandbox }: Environment): Promise<CollectionCost> {
  const { info } = sandbox;
  const file = path.join(info.dataDir, 'by-kubectl.log.zst');
  const logs = `'${KUBECTL}' -n ${REGISTRY_NAMESPACE} logs '${info.registry.pods[0]}' -c registry --timestamps`;
  const script = `set -eo pipefail; ${logs} | zstd -q -3 -f -o '${file}'; times`;
  const began = performance.now();
  const child = spawn('bash', ['-c', script], {
    // Purser's own account may not get pods, which kubectl reads first.
    env: { ...process.env, KUBECONFIG: info.cluster.adminKubeconfig, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  const [said, complaint, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${complaint}`);
  const fileBytes = statSync(file).size;
  rmSync(file);
  return { seconds, fileBytes, ownCpuSeconds: cpuOf(said) };
}

/** A whole collection, from the start of its workflow to its end: plan, read, index, seal. */
export async function collectWithPurser(
  { client, sandbox }: Environment,
  target: string,
  expected: { readonly lines: number },
): Promise<CollectionCost> {
  const began = performance.now();
  const collected = await (await startCollectLogs(client, { target })).result();
  const seconds = (performance.now() - began) / 1000;
  if (collected.lines < expected.lines || collected.failed + collected.gaps > 0) {
    throw new Error(`Purser took not all of the log: ${JSON.stringify(collected)}`);
  }
  rmSync(path.join(sandbox.info.dataDir, 'archive', 'logs', target), { recursive: true });
  return { seconds, fileBytes: collected.fileBytes };
}

/** The floor: reads the same log with the same client and discards it. */
export async function measureIdle({ sandbox, signal }: Environment): Promise<CollectionCost> {
  const { kubeconfig } = sandbox.info.cluster;
  const cluster = createCluster(await connect({ kubeconfig }));
  const [pod = ''] = sandbox.info.registry.pods;
  const call = { namespace: REGISTRY_NAMESPACE, pod, container: 'registry', previous: false };
  const began = performance.now();
  try {
    for await (const chunk of (await openPodLog(cluster, call, signal)) ?? []) void chunk;
  } finally {
    await cluster.connection.dispatcher.close();
  }
  return { seconds: (performance.now() - began) / 1000, fileBytes: 0 };
}

/** The file from which the log API serves. */
export function logFileOf({ sandbox }: Environment): string {
  const { dataDir, registry } = sandbox.info;
  return dataPaths(dataDir).podLog(registry.pods[0] ?? '');
}

// The second line of bash's `times` is the CPU time of its children: `0m1.234s 0m0.567s`.
function cpuOf(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (total, [, minutes, seconds]) => total + Number(minutes) * 60 + Number(seconds),
    0,
  );
}
