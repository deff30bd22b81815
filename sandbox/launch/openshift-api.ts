import { fileURLToPath } from 'node:url';
import type { ProgramSpec } from '../info.ts';
import { aggregatorName, routeHost, webhookName } from '../folder/pki.ts';
import type { LaunchContext } from './context.ts';
import { clusterAccess, internalRegistry, loopback } from './context.ts';
import { etcdUrl } from './etcd.ts';
import { writeConfig } from './write-config.ts';

/** The stand-in for OpenShift's own API servers. */
export function openshiftApi(
  context: LaunchContext,
  config: object = openshiftApiConfig(context),
): ProgramSpec {
  const file = writeConfig(context.paths.configOf('openshift-api.json'), config);
  return nodeProgram('openshift-api', '../openshift-api/main.ts', file);
}

export function openshiftApiConfig(context: LaunchContext) {
  const { paths, ports, pki } = context;
  return {
    listen: { host: loopback, port: ports.openshift },
    tls: { ...pki.openshift, clientCaFile: pki.clusterCa },
    aggregatorNames: [aggregatorName],
    webhookNames: [webhookName],
    etcd: { url: etcdUrl(context) },
    etcdPrefix: '/openshift',
    cluster: clusterAccess(context, paths.adminToken),
    internalRegistry,
    externalRegistry: routeHost,
    tokenLedger: paths.tokenLedger,
  };
}

/** One of the sandbox's own programs: this Node, its main file and its configuration. */
export function nodeProgram(name: string, main: string, config: string): ProgramSpec {
  const file = fileURLToPath(new URL(main, import.meta.url));
  return {
    name,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', file, config],
  };
}
