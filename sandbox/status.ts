import type { SandboxInfo } from './info.ts';
import { isAlive } from '../src/process-identity.ts';
import { accepts, answersOk } from './launch/readiness.ts';
import { readFileSync } from 'node:fs';

export interface PartStatus {
  readonly name: string;
  readonly answers: boolean;
  /** The address, and the failure if it does not answer. */
  readonly detail: string;
}

export interface SandboxStatus {
  readonly running: boolean;
  readonly parts: readonly PartStatus[];
}

/** Whether the sandbox runs, and which of its parts answer within 3 s. */
export async function statusOf(info: SandboxInfo): Promise<SandboxStatus> {
  if (!isAlive(info)) return { running: false, parts: [] };
  const { cluster, registry, temporal } = info;
  const admin = { caFile: cluster.caFile, token: readFileSync(cluster.adminTokenFile, 'utf8') };
  const front = { caFile: registry.ingressCaFile };
  const ask = (url: string, access = {}) =>
    checkPart(url, (signal) => answersOk(url, { ...access, signal }));
  const parts = await Promise.all([
    named(
      'Temporal',
      checkPart(temporal.address, (signal) => accepts(portOf(temporal.address), signal)),
    ),
    named('Temporal Web UI', ask(temporal.ui)),
    named('cluster', ask(`${cluster.server}/readyz`, admin)),
    named('OpenShift API', ask(`${cluster.server}/apis/user.openshift.io/v1/users?limit=1`, admin)),
    named('registry storage', ask(`${registry.backend}/v2/`)),
    named('registry router', ask(`https://${registry.routeAddress}/healthz`, front)),
    ...registry.frontPorts.map((port, index) =>
      named(`registry ${registry.pods[index]}`, ask(`https://127.0.0.1:${port}/healthz`, front)),
    ),
  ]);
  return { running: true, parts };
}

type CheckResult = Omit<PartStatus, 'name'>;

async function checkPart(
  where: string,
  check: (signal: AbortSignal) => Promise<true>,
): Promise<CheckResult> {
  try {
    return { answers: await check(AbortSignal.timeout(3_000)), detail: where };
  } catch (error) {
    return {
      answers: false,
      detail: `${where}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

async function named(name: string, answered: Promise<CheckResult>): Promise<PartStatus> {
  return { name, ...(await answered) };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
