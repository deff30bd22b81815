import type { ProgramSpec } from '../info.ts';
import { serviceHosts } from '../folder/pki.ts';
import type { LaunchContext } from './context.ts';
import { loopback } from './context.ts';
import { nodeProgram } from './openshift-api.ts';
import { writeConfig } from './write-config.ts';

/** The router that the default route's address leads to, before all replicas. */
export function registryRouter({ paths, ports, pki }: LaunchContext): ProgramSpec {
  const file = writeConfig(paths.configOf('registry-router.json'), {
    listen: { host: loopback, port: ports.router },
    ...pki.route,
    backends: ports.fronts.map((port) => ({ host: loopback, port })),
    backendName: serviceHosts[0],
    backendCaFile: pki.serviceCa,
    control: { host: loopback, port: ports.routerControl },
  });
  return nodeProgram('registry-router', '../router/main.ts', file);
}
