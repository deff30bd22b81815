import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createCa } from '../../registry/certificates.ts';
import type { Settings } from './health-checks.ts';
import { temporaryFile } from './health-checks.ts';
import type { Environment } from './environment.ts';

/** What is broken on the sandbox, and how it is put back as it was. */
export type Break = (env: Environment) => Promise<() => Promise<void>>;

const REGISTRY = 'openshift-image-registry';
export const AT = {
  route: `/apis/route.openshift.io/v1/namespaces/${REGISTRY}/routes/default-route`,
  routes: `/apis/route.openshift.io/v1/namespaces/${REGISTRY}/routes`,
  config: '/apis/imageregistry.operator.openshift.io/v1/configs/cluster',
  pruner: '/apis/imageregistry.operator.openshift.io/v1/imagepruners/cluster',
  operator: '/apis/config.openshift.io/v1/clusteroperators/image-registry',
  oauth: '/apis/config.openshift.io/v1/oauths/cluster',
  roles: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  nodeCa: `/apis/apps/v1/namespaces/${REGISTRY}/daemonsets/node-ca/status`,
  pod: (index: number) => `/api/v1/namespaces/${REGISTRY}/pods/image-registry-${index}/status`,
} as const;

/** Faults of the registry's front, of every replica. */
export function registryFault(faults: object): Break {
  return async (env) => {
    await env.fault({ ...faults });
    return () => env.fault({});
  };
}

/** Faults of one replica's front; 0 is the one that the route leads to. */
export function replicaFault(index: number, faults: object): Break {
  return async ({ info }) => {
    const put = async (body: object): Promise<void> => {
      const url = new URL('/faults', info.registry.controls[index]);
      const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
    };
    await put(faults);
    return () => put({});
  };
}

/** Merges `change` into an object, and puts the fields that it touches back. */
export function patched(path: string, change: (before: Loose) => Loose): Break {
  return async ({ admin }) => {
    const before = loose.parse((await admin.send('GET', path)).body);
    const after = change(before);
    await must(admin, path, after);
    return () =>
      must(admin, path, Object.fromEntries(Object.keys(after).map((key) => [key, before[key]])));
  };
}

async function must({ send }: Environment['admin'], path: string, body: Loose): Promise<void> {
  const { status, body: answer } = await send('PATCH', path, body);
  if (status >= 300) throw new Error(`PATCH ${path}: ${status} ${JSON.stringify(answer)}`);
}

const loose = z.record(z.string(), z.unknown());
type Loose = z.infer<typeof loose>;

/** Deletes an object and makes it again. */
export function deleted(path: string, collection: string): Break {
  return async ({ admin }) => {
    const before = z
      .looseObject({ metadata: z.object({ name: z.string(), namespace: z.string().optional() }) })
      .parse((await admin.send('GET', path)).body);
    await admin.send('DELETE', path);
    return async () => {
      const { status } = await admin.send('POST', collection, before);
      if (status >= 300) throw new Error(`POST ${collection}: ${status}`);
    };
  };
}

/** Takes the right to the metrics out of every role that gives it to Purser. */
export const withoutMetrics: Break = (env) => {
  const roles = ['purser', 'purser-health'].map((name) => `${AT.roles}/${name}`);
  return inTurn(
    env,
    roles.map((path) =>
      patched(path, ({ rules }) => ({
        rules: z
          .array(z.looseObject({ resources: z.array(z.string()) }))
          .parse(rules)
          .filter(({ resources }) => !resources.includes('registry/metrics')),
      })),
    ),
  );
};

/** Breaks several things; puts them back in reverse. */
export async function inTurn(
  env: Environment,
  breaks: readonly Break[],
): Promise<() => Promise<void>> {
  const undo: (() => Promise<void>)[] = [];
  for (const each of breaks) undo.unshift(await each(env));
  return async () => {
    for (const each of undo) await each();
  };
}

/** A status of a registry pod, with what is given changed. */
export function podStatus(index: number, change: (status: Loose) => Loose): Break {
  return patched(AT.pod(index), ({ status }) => ({ status: change(loose.parse(status)) }));
}

export function notReady(status: Loose): Loose {
  return {
    ...status,
    conditions: z
      .array(z.looseObject({ type: z.string() }))
      .parse(status['conditions'])
      .map((each) => (/Ready/.test(each.type) ? { ...each, status: 'False' } : each)),
  };
}

/** Its container waits to be started again, after it ended for this reason. */
export function crashing(reason: string, exitCode: number) {
  return (status: Loose): Loose => ({
    ...notReady(status),
    containerStatuses: z
      .array(z.looseObject({ name: z.string() }))
      .parse(status['containerStatuses'])
      .map((each) => ({
        ...each,
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { reason, exitCode } },
      })),
  });
}

const HOSTS = [
  'default-route-openshift-image-registry.apps.sandbox.test',
  'image-registry.openshift-image-registry.svc',
];

/** A certificate of another authority; `isTrusted` names it to Purser, beside the sandbox's own. */
export async function otherCertificate(
  { info }: Environment,
  { days, isTrusted }: { readonly days: { from: number; to: number }; readonly isTrusted: boolean },
): Promise<{
  readonly fault: Break;
  readonly settings: Settings;
  readonly end: () => void;
}> {
  const ca = await createCa('Another CA');
  const certificate = await ca.leaf(HOSTS, days);
  const fault = registryFault({ certificate });
  if (!isTrusted) return { fault, settings: {}, end: () => {} };
  const known = readFileSync(info.registry.ingressCaFile, 'utf8');
  const { file, end } = temporaryFile(`${known}\n${ca.cert}\n`);
  return { fault, settings: { registry: { ca: file } }, end };
}
