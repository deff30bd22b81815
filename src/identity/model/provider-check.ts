import type { Finding } from '../../domain/finding.ts';

/**
 * One finding about an identity provider. `error`: no login works, or not that of the requested person.
 * `warning`: it may be so, or will be soon. `advice` says how to repair it, or what the check requires.
 */
export interface ProviderFinding extends Finding {
  /** The provider's name in OAuth/cluster or Authentication/cluster; empty: all of them. */
  readonly provider: string;
  readonly type: string;
}

/** `sound`: no problem. `doubtful`: a warning. `broken`: an error. */
export type ProviderVerdict = 'sound' | 'doubtful' | 'broken';

/** The result of the checks of one identity provider. */
export interface ProviderCheck {
  readonly provider: string;
  readonly type: string;
  readonly verdict: ProviderVerdict;
  readonly findings: readonly ProviderFinding[];
  /** What was checked and is in order, one short sentence each. */
  readonly seen: readonly string[];
}

/** The result of the checks of a target's identity providers. */
export interface IdentityCheck {
  readonly target: string;
  /**
   * `oauth`: OpenShift's own server. `oidc`: an external issuer, without User objects. `none`: no user can
   * log in. `absent`: no OpenShift.
   */
  readonly kind: 'oauth' | 'oidc' | 'none' | 'absent';
  readonly providers: readonly ProviderCheck[];
  /** Findings that belong to no single provider. */
  readonly findings: readonly ProviderFinding[];
  /** The requested person under the name that the cluster knows, if it is another one. */
  readonly clusterName?: string;
}

/** The worst of the findings decides. */
export function verdictOfProvider(findings: readonly ProviderFinding[]): ProviderVerdict {
  if (findings.some(({ severity }) => severity === 'error')) return 'broken';
  return findings.some(({ severity }) => severity === 'warning') ? 'doubtful' : 'sound';
}

/** The finding as a report lists it: its text names the provider. */
export function asFinding({ provider, type, ...finding }: ProviderFinding): Finding {
  const whose = provider === '' ? '' : `provider ${provider} (${type}): `;
  return { ...finding, text: `${whose}${finding.text}` };
}
