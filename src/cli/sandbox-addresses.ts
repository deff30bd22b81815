import type { SandboxInfo } from '../sandbox/info.ts';
import { certificatesOf } from './sandbox-config.ts';

/** Where everything of a sandbox is. */
export function addressesOf({ temporal, cluster, registry, dataDir, logs }: SandboxInfo): string {
  const port = registry.routeAddress.split(':').at(-1);
  return [
    `  Temporal Web UI  ${temporal.ui}`,
    `  cluster          ${cluster.server}   (kubectl --kubeconfig ${cluster.adminKubeconfig})`,
    `  registry         localhost:${port}`,
    `  data             ${dataDir}`,
    `  logs             ${logs}`,
  ].join('\n');
}

/** Three commands to try in a second terminal. */
export function thingsToTry(info: SandboxInfo): string {
  const { cluster, registry } = info;
  const port = registry.routeAddress.split(':').at(-1);
  const login = 'skopeo login --username bob --password-stdin';
  return [
    '  ./bin/purser onboard bob --access pull:team-a',
    `  ./bin/purser sandbox login bob | ${login} --cert-dir ${certificatesOf(info)} localhost:${port}`,
    `  kubectl --kubeconfig ${cluster.adminKubeconfig} get rolebindings -A -l purser.dev/managed=grant`,
  ].join('\n');
}
