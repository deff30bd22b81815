import { mkdirSync } from 'node:fs';
import type { ProgramSpec } from '../info.ts';
import { routeHost, serviceHosts } from '../folder/pki.ts';
import type { LaunchContext } from './context.ts';
import { clusterAccess, loopback } from './context.ts';
import { backendUrl } from './distribution.ts';
import { nodeProgram } from './openshift-api.ts';
import { writeConfig } from './write-config.ts';

/** The stand-in for the integrated registry, one process for each replica. */
export function registryFronts(context: LaunchContext): readonly ProgramSpec[] {
  mkdirSync(context.paths.podLogs, { recursive: true, mode: 0o700 });
  return context.pods.map((podName, index) => registryFront(context, podName, index));
}

/** The router behind the default route's address, before all replicas. */
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

function registryFront(context: LaunchContext, podName: string, index: number): ProgramSpec {
  const { paths, ports, pki } = context;
  const name = `registry-front-${index}`;
  const file = writeConfig(paths.configOf(`${name}.json`), {
    listen: { host: loopback, port: ports.fronts[index] },
    certificates: [
      // The first one is the default: a client that connects by address sends no name.
      { names: [routeHost, 'localhost'], ...pki.route },
      { names: [...serviceHosts], ...pki.service },
    ],
    backend: backendUrl(context),
    cluster: clusterAccess(context, paths.registryToken),
    logFile: paths.podLog(podName),
    podName,
    version: openshiftVersion,
    control: { host: loopback, port: ports.controls[index] },
  });
  return nodeProgram(name, '../registry-front/main.ts', file);
}

export const openshiftVersion = '4.21.0';
