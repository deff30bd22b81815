import type { SearchAttributeType } from '../info.ts';
import type { DataPaths } from '../folder/paths.ts';
import type { Pki } from '../folder/pki.ts';
import type { Ports } from '../folder/ports.ts';
import type { Programs } from '../programs/resolve.ts';

/** The input of every program's command line and configuration. */
export interface LaunchContext {
  readonly paths: DataPaths;
  readonly ports: Ports;
  readonly pki: Pki;
  readonly programs: Programs;
  readonly ephemeral: boolean;
  /** The registry's pods, one for each front. */
  readonly pods: readonly string[];
  readonly tokenCacheTtl: string | undefined;
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
}

export function clusterServer(ports: Ports): string {
  return `https://127.0.0.1:${ports.cluster}`;
}

/** How the sandbox's own programs reach the cluster. */
export function clusterAccess({ ports, pki }: LaunchContext, tokenFile: string) {
  return { server: clusterServer(ports), caFile: pki.clusterCa, tokenFile };
}

export const loopback = '127.0.0.1';
export const registryNamespace = 'openshift-image-registry';
export const internalRegistry = 'image-registry.openshift-image-registry.svc:5000';

export const operatorName = 'cluster-image-registry-operator';
export const operatorPodName = `${operatorName}-7b6d5f8c9-k4v2p`;

/** Pods that tests may create; their logs are files that the tests write (docs/sandbox.md). */
export const stageNamespace = 'log-stage';
export const stagePods = [
  'stage-1',
  'stage-2',
  'stage-3',
  'stage-4',
  'stage-5',
  'stage-6',
] as const;
