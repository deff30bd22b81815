import type { ProgramSpec } from '../info.ts';
import type { LaunchContext } from './context.ts';
import { loopback, registryNamespace } from './context.ts';
import { writeConfig } from './write-config.ts';

/**
 * The node: kwok gives each registry pod its front's log and forwards its port 5000 there. One Logs
 * and PortForward object a pod: a pod that the file does not name has no logs (corrections.md 18).
 */
export function kwok(context: LaunchContext): ProgramSpec {
  const { paths, ports, programs } = context;
  const file = writeConfig(paths.configOf('kwok.yaml'), podObjects(context));
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
    const head = {
      apiVersion: 'kwok.x-k8s.io/v1alpha1',
      metadata: { name, namespace: registryNamespace },
    };
    const target = { address: loopback, port: ports.fronts[index] };
    return [
      {
        ...head,
        kind: 'Logs',
        spec: { logs: [{ containers: ['registry'], logsFile: paths.podLog(name), follow: true }] },
      },
      { ...head, kind: 'PortForward', spec: { forwards: [{ ports: [5000], target }] } },
    ];
  });
}
