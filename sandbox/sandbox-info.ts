import type { DataFolder } from './folder/data-folder.ts';
import type { SandboxInfo } from './info.ts';
import type { LaunchContext } from './launch/context.ts';
import { clusterServer, internalRegistry, loopback } from './launch/context.ts';
import { backendUrl } from './launch/distribution.ts';
import { routeHost } from './folder/pki.ts';
import { identify } from '../src/process-identity.ts';

/** The description of this process's sandbox for its clients. */
export function describeSandbox(folder: DataFolder, context: LaunchContext): SandboxInfo {
  const { paths, ports, pki, pods } = context;
  const at = (port: number | undefined): string => `${loopback}:${port}`;
  return {
    id: folder.id,
    dataDir: paths.dataDir,
    ephemeral: folder.ephemeral,
    pid: process.pid,
    identity: identify()?.identity ?? '',
    startedAt: new Date().toISOString(),
    temporal: {
      address: at(ports.temporal),
      ui: `http://${at(ports.temporalUi)}`,
      namespace: 'default',
    },
    cluster: {
      server: clusterServer(ports),
      caFile: pki.clusterCa,
      kubeconfig: paths.kubeconfig,
      adminKubeconfig: paths.adminKubeconfig,
      adminTokenFile: paths.adminToken,
    },
    registry: {
      routeHost,
      routeAddress: at(ports.router),
      serviceHost: internalRegistry,
      ingressCaFile: pki.ingressCa,
      serviceCaFile: pki.serviceCa,
      backend: backendUrl(context),
      routerControl: `http://${at(ports.routerControl)}`,
      controls: ports.controls.map((port) => `http://${at(port)}`),
      frontPorts: [...ports.fronts],
      pods: [...pods],
    },
    tokenLedger: paths.tokenLedger,
    logs: paths.logs,
  };
}
