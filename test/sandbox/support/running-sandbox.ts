import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import type { ClusterClient } from '../../../sandbox/api/cluster-client.ts';
import { createClusterClient } from '../../../sandbox/api/cluster-client.ts';
import type { Progress, Sandbox, SandboxInfo, SandboxOptions } from '../../../sandbox/info.ts';
import { startSandbox } from '../../../sandbox/sandbox.ts';

/** Purser's rights in these tests: only to read namespaces. */
export const manifests = fileURLToPath(new URL('../whole/manifests', import.meta.url));

const silent: Progress = () => undefined;

/** A real sandbox without progress messages; it must start within a minute and a half. */
export function startQuietly(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const signal = AbortSignal.timeout(90_000);
  return startSandbox({ manifests, progress: silent, signal, ...options });
}

export function adminOf({ cluster }: SandboxInfo): ClusterClient {
  const { server, caFile, adminTokenFile: tokenFile } = cluster;
  return createClusterClient({ server, caFile, tokenFile, signal: AbortSignal.timeout(120_000) });
}

/** One request to the registry by its route's name, as from a client outside the cluster. */
export async function askRegistry(
  { registry }: SandboxInfo,
  path: string,
  options: { readonly token?: string; readonly method?: string } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const { routeHost, routeAddress, ingressCaFile } = registry;
  const dispatcher = new Agent({
    connect: { ca: readFileSync(ingressCaFile, 'utf8'), servername: routeHost },
  });
  const { token, method = 'GET' } = options;
  const headers = {
    host: routeHost,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    const answer = await request(`https://${routeAddress}${path}`, { dispatcher, method, headers });
    return { status: answer.statusCode, text: await answer.body.text() };
  } finally {
    await dispatcher.destroy();
  }
}
