import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createClusterClient } from './api/cluster-client.ts';
import type { ClusterClient } from './api/cluster-client.ts';
import { firstLogin } from './api/first-login.ts';
import type { SandboxInfo } from './info.ts';

/**
 * Logs a user in through an identity provider of the present OAuth/cluster, without a password. Does what
 * a first login does by the provider's mapping method, and returns a token of the user (24 hours,
 * user:full). `provider` is required if there are several. Rejects a name that is missing in an HTPasswd
 * provider's file; the servers of other types are not asked, so any name works. Rejects with a
 * LoginRefused as OpenShift would.
 */
export async function login(
  info: SandboxInfo,
  user: string,
  options: { readonly provider?: string | undefined; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const { server, caFile, adminTokenFile: tokenFile } = info.cluster;
  const signal = options.signal ?? AbortSignal.timeout(30_000);
  const client = createClusterClient({ server, caFile, tokenFile, signal });
  try {
    const provider = await chooseProvider(client, options.provider);
    await assertKnown(client, provider, user);
    const { metadata } = await firstLogin(client, provider, user);
    return await issueToken(client, metadata.name, uidOf.parse(metadata).uid);
  } finally {
    await client.close();
  }
}

async function chooseProvider(client: ClusterClient, named: string | undefined): Promise<Provider> {
  const oauth = await client.get('/apis/config.openshift.io/v1/oauths/cluster');
  const providers = oauth === undefined ? [] : oauthConfig.parse(oauth).spec.identityProviders;
  const [chosen, ...more] = providers.filter(({ name }) => named === undefined || name === named);
  if (chosen !== undefined && more.length === 0) return chosen;
  const names = providers.map(({ name }) => name).join(', ') || 'none';
  const wanted = named === undefined ? 'name one with --provider' : `there is no ${named}`;
  throw new Error(`OAuth/cluster has these identity providers: ${names}; ${wanted}`);
}

async function assertKnown(
  client: ClusterClient,
  { name, type, htpasswd }: Provider,
  user: string,
): Promise<void> {
  if (type !== 'HTPasswd') return;
  const file = htpasswd?.fileData.name ?? '';
  const at = `/api/v1/namespaces/openshift-config/secrets/${encodeURIComponent(file)}`;
  const secret = htpasswdSecret.safeParse(await client.get(at));
  if (!secret.success) {
    throw new Error(
      `the file of the provider ${name} is missing: Secret openshift-config/${file}, key htpasswd`,
    );
  }
  const lines = Buffer.from(secret.data.data.htpasswd, 'base64').toString('utf8').split('\n');
  const known = lines.flatMap((line) => line.split(':')[0] || []);
  if (known.includes(user)) return;
  throw new Error(
    `Tried to log in as ${JSON.stringify(user)}; the sandbox's provider "${name}" knows ${known.join(', ')}`,
  );
}

// The object's name is the hash of the token's text after the prefix (openshift-facts.md 4.3).
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

// It never starts with '-', because a token is also an argument of command lines (openshift-facts.md 4.3).
function tokenSecret(): string {
  const secret = randomBytes(32).toString('base64url');
  return secret.startsWith('-') ? tokenSecret() : secret;
}

const uidOf = z.object({ uid: z.string() });
const oauthProvider = z.object({
  name: z.string(),
  type: z.string(),
  mappingMethod: z.string().optional(),
  htpasswd: z.object({ fileData: z.object({ name: z.string() }) }).optional(),
});
type Provider = z.infer<typeof oauthProvider>;
const oauthConfig = z.object({
  spec: z.object({ identityProviders: z.array(oauthProvider).default([]) }),
});
const htpasswdSecret = z.object({ data: z.object({ htpasswd: z.string() }) });
