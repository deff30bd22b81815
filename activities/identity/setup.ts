import { readConfigValue } from '../../src/openshift/identity-config.ts';
import type { ProviderConfig } from '../../src/openshift/identity-config.ts';
import { referencesOf } from '../../src/identity/references.ts';
import type { Material, Setup } from '../../src/identity/setup.ts';
import type { Target } from '../target.ts';

/** A provider with what it refers to, as far as the target lets Purser read that. */
export async function setupOf(
  target: Target,
  provider: ProviderConfig,
  signal: AbortSignal,
): Promise<Setup> {
  const material = await Promise.all(
    referencesOf(provider).map(async (reference): Promise<[string, Material]> => {
      if (reference.kind === 'Secret' && !target.readSecrets) return [reference.field, 'not-read'];
      return [reference.field, await readConfigValue(target.cluster, reference, signal)];
    }),
  );
  return { provider, material: new Map(material), network: {} };
}
