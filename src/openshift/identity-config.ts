import { z } from 'zod';
import { path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../kubernetes/api/failure.ts';

const CONFIG = ['apis', 'config.openshift.io', 'v1'] as const;

const providerSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  mappingMethod: z.string().optional(),
});

/**
 * One entry of OAuth/cluster's identityProviders, with its type's own block beside the named fields;
 * or one of Authentication/cluster's oidcProviders, whose type is `OIDC`.
 */
export type ProviderConfig = z.infer<typeof providerSchema>;

const oauthSchema = z.object({
  spec: z.object({ identityProviders: z.array(providerSchema).default([]) }).default({
    identityProviders: [],
  }),
});

const authenticationSchema = z.object({
  spec: z
    .object({
      type: z.string().optional(),
      oidcProviders: z.array(z.looseObject({ name: z.string() })).default([]),
    })
    .default({ oidcProviders: [] }),
});

/**
 * The source of people's identities. `absent`: the cluster serves no config.openshift.io, as plain
 * Kubernetes does. `oidc`: an external issuer, without User objects (openshift-facts.md 4.6).
 */
export type IdentitySource =
  | { readonly kind: 'absent' }
  | { readonly kind: 'oidc'; readonly providers: readonly ProviderConfig[] }
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
    const { oidcProviders } = authentication.spec;
    return { kind: 'oidc', providers: oidcProviders.map((each) => ({ ...each, type: 'OIDC' })) };
  }
  if (oauth === undefined) return { kind: 'absent' };
  return { kind: 'oauth', providers: oauth.spec.identityProviders };
}

const dataSchema = z.object({ data: z.record(z.string(), z.string()).nullish() });

/** A key of a Secret or ConfigMap in openshift-config. */
export interface ConfigKey {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly object: string;
  readonly key: string;
}

/** The value of a key, or why it is not known. */
export type ConfigValue = { readonly found: string } | 'missing' | 'forbidden' | 'no-such-key';

/**
 * Reads a key of a Secret or ConfigMap in openshift-config. Resolves to `forbidden` without the
 * right. For Secrets that right covers every provider's, so that many administrators do not grant it
 * (`identity.readSecrets`).
 */
export async function readConfigValue(
  cluster: Cluster,
  { kind, object, key }: ConfigKey,
  signal?: AbortSignal,
): Promise<ConfigValue> {
  const plural = kind === 'Secret' ? 'secrets' : 'configmaps';
  const at = path('api', 'v1', 'namespaces', 'openshift-config', plural, object);
  try {
    const stored = await cluster.find(dataSchema, { method: 'GET', path: at, signal });
    if (stored === undefined) return 'missing';
    const value = stored.data?.[key];
    if (value === undefined) return 'no-such-key';
    const found = kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
    return { found };
  } catch (error) {
    if (error instanceof ClusterFailure && error.status === 403) return 'forbidden';
    throw error;
  }
}
