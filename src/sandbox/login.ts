import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createClusterClient } from './api/cluster-client.ts';
import type { ClusterClient } from './api/cluster-client.ts';
import { firstLogin } from './api/first-login.ts';
import type { SandboxInfo } from './info.ts';

/**
 * Logs a user of the HTPasswd provider in, without asking for a password: does what a first login does,
 * and returns a token of theirs (24 hours, user:full). Rejects for a name that the provider does not know.
 */
export async function login(
  info: SandboxInfo,
  user: string,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const { server, caFile, adminTokenFile: tokenFile } = info.cluster;
  const signal = options.signal ?? AbortSignal.timeout(30_000);
  const client = createClusterClient({ server, caFile, tokenFile, signal });
  try {
    const known = await providerUsers(client);
    if (!known.includes(user)) {
      throw new Error(
        `Tried to log in as ${JSON.stringify(user)}; the sandbox's provider "local" knows ${known.join(', ')}`,
      );
    }
    const { metadata } = await firstLogin(client, user);
    return await issueToken(client, user, uidOf.parse(metadata).uid);
  } finally {
    await client.close();
  }
}

async function providerUsers(client: ClusterClient): Promise<string[]> {
  const secret = await client.get('/api/v1/namespaces/openshift-config/secrets/htpasswd');
  const { htpasswd } = htpasswdSecret.parse(secret).data;
  const lines = Buffer.from(htpasswd, 'base64').toString('utf8').split('\n');
  return lines.flatMap((line) => line.split(':')[0] || []);
}

// The object's name is the hash of the 43 characters behind the prefix, as text (openshift-facts.md 4.3).
async function issueToken(client: ClusterClient, user: string, uid: string): Promise<string> {
  const secret = tokenSecret();
  const name = `sha256~${createHash('sha256').update(secret).digest('base64url')}`;
  await client.ensure({
    apiVersion: 'oauth.openshift.io/v1',
    kind: 'OAuthAccessToken',
    metadata: { name },
    clientName: 'openshift-challenging-client',
    expiresIn: 86_400,
    scopes: ['user:full'],
    redirectURI: 'https://oauth-openshift.apps.sandbox.test/oauth/token/implicit',
    userName: user,
    userUID: uid,
  });
  return `sha256~${secret}`;
}

// Never starting with '-': a token is also an argument of command lines (openshift-facts.md 4.3).
function tokenSecret(): string {
  const secret = randomBytes(32).toString('base64url');
  return secret.startsWith('-') ? tokenSecret() : secret;
}

const uidOf = z.object({ uid: z.string() });
const htpasswdSecret = z.object({ data: z.object({ htpasswd: z.string() }) });
