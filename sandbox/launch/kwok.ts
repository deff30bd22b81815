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
 * The node: kwok gives each registry pod its front's log and forwards its port 5000 there. One Logs
 * and PortForward object a pod: a pod that the file does not name has no logs.
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
      // With leases kwok 0.7.0 looks at a node's pods once, when it has taken the lease, and passes them
      // over for good where its own cache of leases lags behind (seen in 2 of 60 starts of an API server
      // on busy cores, and in none of 60 without leases).
      '--node-lease-duration-seconds=0',
    ],
    // kwok makes a folder in the home for what it downloads; it is to leave no trace there.
    env: { KWOK_WORKDIR: paths.configOf('kwok') },
  };
}

function podObjects({ paths, ports, pods }: LaunchContext): readonly unknown[] {
  return pods.flatMap((name, index) => {
    const head = headOf(name, registryNamespace);
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

// The operator, and the pods of the stage: namespace, pods and what they say are made by whoever
// plays there (docs/sandbox.md), but kwok reads their names at its start only.
function otherLogs({ paths }: LaunchContext): readonly unknown[] {
  const operator = { name: operatorPodName, namespace: registryNamespace, container: operatorName };
  const stage = stagePods.map((name) => ({ name, namespace: stageNamespace, container: 'app' }));
  return [operator, ...stage].map(({ name, namespace, container }) => ({
    ...headOf(name, namespace),
    kind: 'Logs',
    spec: { logs: [logsOf(paths, name, container)] },
  }));
}

function headOf(name: string, namespace: string) {
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
