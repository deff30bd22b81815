import type { SandboxInfo } from '../info.ts';
import { certificatesOf } from './config.ts';

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

/** What to try in a second terminal, and once in a third. */
export function thingsToTry(info: SandboxInfo): string {
  const { cluster, registry } = info;
  const port = registry.routeAddress.split(':').at(-1);
  const login = 'skopeo login --username bob --password-stdin';
  return [
    '  ./bin/purser onboard bob --access pull:team-a',
    `  ./bin/purser sandbox login bob | ${login} --cert-dir ${certificatesOf(info)} localhost:${port}`,
    '  ./bin/purser onboard dana --access pull:team-a --wait-for-login 1h   # she has never logged in',
    '  ./bin/purser sandbox login dana   # now she has: in another terminal, while the first one waits',
    `  kubectl --kubeconfig ${cluster.adminKubeconfig} get rolebindings -A -l purser.dev/managed=grant`,
  ].join('\n');
}
