import { mkdirSync, writeFileSync } from 'node:fs';
import type { ProgramSpec } from '../info.ts';
import type { LaunchContext } from './context.ts';
import {
  loopback,
  operatorName,
  operatorPodName,
  registryNamespace,
  stageNamespace,
  stagePods,
} from './context.ts';
import { writeConfig } from './write-config.ts';

/**
 * The node: kwok serves each registry pod's front log and forwards its port 5000 to the front. Each pod
 * needs its own Logs and PortForward object: a pod without one has no logs.
 */
export function kwok(context: LaunchContext): ProgramSpec {
  const { paths, ports, programs } = context;
  writeOperatorLog(paths);
  const objects = [...podObjects(context), ...otherLogs(context)];
  const file = writeConfig(paths.configOf('kwok.yaml'), objects);
  return {
    name: 'kwok',
    command: programs.kwok,
    args: [
      `--kubeconfig=${paths.adminKubeconfig}`,
      `--config=${file}`,
      '--manage-all-nodes=true',
      `--node-ip=${loopback}`,
      `--node-port=${ports.kwok}`,
      // With leases, kwok 0.7.0 lists a node's pods only once, when it gets the lease. If its lease cache
      // is late, it misses those pods for good (2 of 60 starts on a busy machine; none of 60 without
      // leases).
      '--node-lease-duration-seconds=0',
    ],
    // By default kwok creates a folder in the user's home for its downloads.
    env: { KWOK_WORKDIR: paths.configOf('kwok') },
  };
}

function podObjects({ paths, ports, pods }: LaunchContext): readonly unknown[] {
  return pods.flatMap((name, index) => {
    const head = metadataOf(name, registryNamespace);
    const target = { address: loopback, port: ports.fronts[index] };
    return [
      {
        ...head,
        kind: 'Logs',
        spec: { logs: [logsOf(paths, name, 'registry')] },
      },
      { ...head, kind: 'PortForward', spec: { forwards: [{ ports: [5000], target }] } },
    ];
  });
}

// The operator, and the pods for log tests. A test creates their namespace, pods and log files
// (docs/sandbox.md), but kwok reads the names only when it starts.
function otherLogs({ paths }: LaunchContext): readonly unknown[] {
  const operator = { name: operatorPodName, namespace: registryNamespace, container: operatorName };
  const stage = stagePods.map((name) => ({ name, namespace: stageNamespace, container: 'app' }));
  return [operator, ...stage].map(({ name, namespace, container }) => ({
    ...metadataOf(name, namespace),
    kind: 'Logs',
    spec: { logs: [logsOf(paths, name, container)] },
  }));
}

function metadataOf(name: string, namespace: string) {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    metadata: { name, namespace },
  };
}

function logsOf({ podLog, podLogBefore }: LaunchContext['paths'], pod: string, container: string) {
  return {
    containers: [container],
    logsFile: podLog(pod),
    previousLogsFile: podLogBefore(pod),
    follow: true,
  };
}

function writeOperatorLog({ podLog, podLogs }: LaunchContext['paths']): void {
  mkdirSync(podLogs, { recursive: true, mode: 0o700 });
  const now = new Date();
  const clock = now.toISOString().slice(11, 23);
  const day = now.toISOString().slice(5, 10).replace('-', '');
  const lines = [
    `I${day} ${clock}000       1 main.go:42] Cluster Image Registry Operator Version: sandbox`,
    `I${day} ${clock}001       1 controllerimagepruner.go:382] Starting ImagePrunerController`,
    `I${day} ${clock}002       1 generator.go:63] object *v1.Deployment, Namespace=openshift-image-registry, Name=image-registry updated`,
  ];
  const at = `${now.toISOString().slice(0, -1)}000000Z`;
  writeFileSync(podLog(operatorPodName), lines.map((line) => `${at} stderr F ${line}\n`).join(''));
}
