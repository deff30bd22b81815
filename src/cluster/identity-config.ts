import { z } from 'zod';
import { path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';
import { ClusterFailure } from './api/failure.ts';

const CONFIG = ['apis', 'config.openshift.io', 'v1'] as const;

const providerNameSchema = z.object({ name: z.string() });

const providerSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  mappingMethod: z.string().optional(),
});

/** One entry of OAuth/cluster's identityProviders, with its type's own block beside the named fields. */
export type ProviderConfig = z.infer<typeof providerSchema>;

const oauthSchema = z.object({
  spec: z.object({ identityProviders: z.array(providerSchema).default([]) }).default({
    identityProviders: [],
  }),
});

const authenticationSchema = z.object({
  spec: z
    .object({ type: z.string().optional(), oidcProviders: z.array(providerNameSchema).default([]) })
    .default({ oidcProviders: [] }),
});

/**
 * Where people's identities come from. `absent`: the cluster serves no config.openshift.io, as plain
 * Kubernetes does. `oidc`: an external issuer, without User objects (openshift-facts.md 4.6).
 */
export type IdentitySource =
  | { readonly kind: 'absent' }
  | { readonly kind: 'oidc'; readonly providers: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'oauth'; readonly providers: readonly ProviderConfig[] };

/** Reads Authentication/cluster and OAuth/cluster. */
export async function readIdentitySource(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<IdentitySource> {
  const read = <T>(schema: z.ZodType<T>, plural: string) =>
    cluster.find(schema, { method: 'GET', path: path(...CONFIG, plural, 'cluster'), signal });
  const [authentication, oauth] = await Promise.all([
    read(authenticationSchema, 'authentications'),
    read(oauthSchema, 'oauths'),
  ]);
  if (authentication?.spec.type === 'None') return { kind: 'none' };
  if (authentication?.spec.type === 'OIDC') {
    return { kind: 'oidc', providers: authentication.spec.oidcProviders.map(({ name }) => name) };
  }
  if (oauth === undefined) return { kind: 'absent' };
  return { kind: 'oauth', providers: oauth.spec.identityProviders };
}

const secretSchema = z.object({ data: z.record(z.string(), z.string()).nullish() });

/**
 * Reads a key of a Secret in openshift-config. Resolves to `forbidden` without the right to: it
 * covers every provider's secret, so many will not give it (`identity.readSecrets`).
 */
export async function readConfigSecret(
  cluster: Cluster,
  name: string,
  key: string,
  signal?: AbortSignal,
): Promise<{ readonly found: string } | 'missing' | 'forbidden' | 'no-such-key'> {
  const at = path('api', 'v1', 'namespaces', 'openshift-config', 'secrets', name);
  try {
    const secret = await cluster.find(secretSchema, { method: 'GET', path: at, signal });
    if (secret === undefined) return 'missing';
    const value = secret.data?.[key];
    if (value === undefined) return 'no-such-key';
    return { found: Buffer.from(value, 'base64').toString('utf8') };
  } catch (error) {
    if (error instanceof ClusterFailure && error.status === 403) return 'forbidden';
    throw error;
  }
}
