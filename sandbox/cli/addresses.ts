import type { SandboxInfo } from '../info.ts';
import { certificateFolder } from './config.ts';

/** The addresses and folders of a sandbox. */
export function addressLines({ temporal, cluster, registry, dataDir, logs }: SandboxInfo): string {
  const port = registry.routeAddress.split(':').at(-1);
  return [
    `  Temporal Web UI  ${temporal.ui}`,
    `  cluster          ${cluster.server}   (kubectl --kubeconfig ${cluster.adminKubeconfig})`,
    `  registry         localhost:${port}`,
    `  data             ${dataDir}`,
    `  logs             ${logs}`,
  ].join('\n');
}

/** Commands to try in a second and a third terminal. */
export function exampleCommands(info: SandboxInfo): string {
  const { cluster, registry } = info;
  const port = registry.routeAddress.split(':').at(-1);
  const login = 'skopeo login --username bob --password-stdin';
  return [
    '  ./bin/purser onboard bob --access pull:team-a',
    `  ./bin/purser sandbox login bob | ${login} --cert-dir ${certificateFolder(info)} localhost:${port}`,
    '  ./bin/purser onboard dana --access pull:team-a --wait-for-login 1h   # dana has never logged in',
    '  ./bin/purser sandbox login dana   # in a third terminal, while the second one waits',
    `  kubectl --kubeconfig ${cluster.adminKubeconfig} get rolebindings -A -l purser.dev/managed=grant`,
  ].join('\n');
}
