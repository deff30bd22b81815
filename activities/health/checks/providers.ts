import type { Providers } from '../../../src/health/identity.ts';
import type { ProviderChecks } from '../../identity/providers.ts';

/**
 * The result of the check of identity providers that onboardings use. It is shared with them for a
 * minute (activities/identity/providers.ts).
 */
export async function readProviders(
  checks: ProviderChecks,
  signal: AbortSignal,
): Promise<Providers> {
  const { kind, providers, findings } = await checks.run({}, signal);
  const all = [...findings, ...providers.flatMap((each) => each.findings)];
  return {
    kind,
    providers: providers.map(({ provider, type, verdict }) => ({
      name: `${provider} (${type})`,
      isBroken: verdict === 'broken',
    })),
    findings: all.map((each) => ({
      ...each,
      text: each.provider === '' ? each.text : `${each.provider}: ${each.text}`,
    })),
  };
}
