import { readIdentitySource } from '../../src/cluster/identity-config.ts';
import type { ProviderConfig } from '../../src/cluster/identity-config.ts';
import type { ProviderFlaw, Providers } from '../../src/health/identity.ts';
import { missingFields, valueAt } from '../../src/identity/provider-fields.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import type { Visit } from './visit.ts';

/**
 * The one place where the health check asks the onboarding's check of identity providers: what there
 * is, and what is wrong with it.
 */
export async function readProviders(visit: Visit, signal: AbortSignal): Promise<Providers> {
  const source = await readIdentitySource(visit.cluster, signal);
  if (source.kind === 'oidc') {
    return { kind: 'oidc', names: source.providers, flaws: [] };
  }
  if (source.kind !== 'oauth') return { kind: source.kind, names: [], flaws: [] };
  const flaws = source.providers.map(async (provider) => [
    ...missingFields(provider).map((text): ProviderFlaw => ({ cause: 'configuration', text })),
    ...(await reach(visit, provider, signal)),
  ]);
  return {
    kind: 'oauth',
    names: source.providers.map(({ name, type }) => `${name} (${type})`),
    flaws: (await Promise.all(flaws)).flat(),
  };
}

// Where each type's server is (openshift-facts.md 4.6).
const ADDRESSES = ['openID.issuer', 'gitlab.url', 'basicAuth.url', 'keystone.url'] as const;

/** Whether the provider's server takes a connection, as seen from this worker. */
async function reach(
  visit: Visit,
  provider: ProviderConfig,
  signal: AbortSignal,
): Promise<readonly ProviderFlaw[]> {
  const url = ADDRESSES.map((at) => valueAt(provider, at)).find((each) => typeof each === 'string');
  const origin = url === undefined ? null : URL.parse(url);
  if (origin?.protocol !== 'https:') return [];
  const connect = visit.target.health.probe.answerWithinSeconds * 1_000;
  const server = createRegistry({ origin: origin.origin, timeouts: { connect } });
  try {
    const { failure } = await server.inspect(signal);
    // Its CA is in a ConfigMap of the provider's own, which is not read here.
    if (failure === undefined || failure.why === 'tls') return [];
    const text = `${provider.name}: ${origin.host} does not answer as seen from this worker (${failure.message})`;
    return [{ cause: failure.why, text }];
  } finally {
    await server.close();
  }
}
