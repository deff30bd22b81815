import type { Cluster } from './cluster.ts';

const BEARER = /^bearer +(\S+)$/i;

/**
 * The bearer token of Purser's own credentials, which a registry accepts as well; undefined if they are a client
 * certificate, or a name and a password. Throws what the connection throws for credentials.
 */
export async function ownBearer(
  { connection }: Cluster,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const credentials = Object.entries(await connection.credentials(signal));
  const [, header = ''] = credentials.find(([name]) => /^authorization$/i.test(name)) ?? [];
  return BEARER.exec(header)?.[1];
}
