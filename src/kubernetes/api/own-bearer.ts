import type { Cluster } from './cluster.ts';

const BEARER = /^bearer +(\S+)$/i;

/**
 * The bearer token that Purser's own credentials are, which a registry takes as well; undefined where they
 * are a client certificate, or a name and a password. Throws what the connection throws for credentials.
 */
export async function ownBearer(
  { connection }: Cluster,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const credentials = Object.entries(await connection.credentials(signal));
  const [, header = ''] = credentials.find(([name]) => /^authorization$/i.test(name)) ?? [];
  return BEARER.exec(header)?.[1];
}
