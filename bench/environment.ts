import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { pushCanary } from '../activities/access/proof/images/canary.ts';
import { withClient } from '../src/cli/context.ts';
import { withSandbox } from '../sandbox/cli/with-sandbox.ts';
import { loadConfig } from '../src/config/load.ts';
import { createRegistry } from '../src/registry/registry.ts';
import { createClusterClient } from '../sandbox/api/cluster-client.ts';
import type { ClusterClient } from '../sandbox/api/cluster-client.ts';
import { firstLogin } from '../sandbox/api/first-login.ts';
import type { Sandbox } from '../sandbox/info.ts';

/** The accesses that every contender gives: pull in one namespace, push in another. */
export const ACCESSES = ['pull:team-a', 'push:team-b'] as const;

/** The image to pull in team-a: repository and tag. */
export const BASE = { repository: 'team-a/bench-base', tag: 'probe' } as const;

/** A sandbox with Purser's worker, and clients for it. */
export interface Environment {
  readonly sandbox: Sandbox;
  readonly configFile: string;
  readonly client: Client;
  /** The cluster, with an administrator's rights. */
  readonly admin: ClusterClient;
  readonly signal: AbortSignal;
}

/** Prints progress on standard error, so that the result can be piped. */
export function tell(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

/** Runs `act` on a new sandbox, which is removed afterwards. Resolves to the exit code. */
export async function withEnvironment(act: (env: Environment) => Promise<number>): Promise<number> {
  const progress = () => {};
  tell('starting a sandbox');
  return withSandbox({ progress }, async (sandbox, configFile, signal) => {
    const { server, caFile, adminTokenFile: tokenFile } = sandbox.info.cluster;
    const admin = createClusterClient({ server, caFile, tokenFile, signal });
    try {
      await seedImage(sandbox, signal);
      return await withClient(loadConfig(configFile, noSandbox), async (client) =>
        act({ sandbox, configFile, client, admin, signal }),
      );
    } finally {
      await admin.close();
    }
  });
}

/** That many names with a common prefix. */
export function namesFor(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}

/** Lets the users log in for the first time: each has a User and an Identity, and no right. */
export async function createUsers({ admin }: Environment, names: readonly string[]): Promise<void> {
  for (const name of names) {
    // One at a time: this is not what is measured
    await firstLogin(admin, { name: 'local' }, name);
  }
}

/**
 * The bindings of both namespaces as paths. The turns' bindings are deleted, because a review reads all
 * bindings.
 */
export async function bindings({ admin }: Environment): Promise<readonly string[]> {
  const found: string[] = [];
  for (const namespace of ['team-a', 'team-b']) {
    const at = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    const { body } = await admin.send('GET', at);
    found.push(...namesIn(body).map((name) => `${at}/${encodeURIComponent(name)}`));
  }
  return found;
}

/** Deletes all bindings but those to be kept. */
export async function tidyUp(env: Environment, kept: readonly string[]): Promise<void> {
  for (const path of await bindings(env)) {
    if (!kept.includes(path)) await env.admin.send('DELETE', path);
  }
}

async function seedImage({ info }: Sandbox, signal: AbortSignal): Promise<void> {
  const { routeHost, routeAddress, ingressCaFile } = info.registry;
  const { hostname: host, port } = new URL(`tcp://${routeAddress}`);
  const registry = createRegistry({
    origin: `https://${routeHost}`,
    connect: { host, port: Number(port) },
    ca: readFileSync(ingressCaFile, 'utf8'),
  });
  try {
    const token = readFileSync(info.cluster.adminTokenFile, 'utf8').trim();
    await pushCanary(
      await registry.login(token, { account: 'bench' }, signal),
      BASE.repository,
      signal,
    );
  } finally {
    await registry.close();
  }
}

function namesIn(body: unknown): readonly string[] {
  const list = listSchema.parse(body);
  return (list.items ?? []).map(({ metadata }) => metadata.name);
}

function noSandbox(): undefined {
  return undefined;
}

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })).nullish(),
});
