import type { Cause } from '../../domain/cause.ts';

/**
 * How much a finding weighs. `broken`: nobody, or not this person, can log in by it. `warning`: it
 * may be so, or will be soon. `unchecked`: what was not looked at, and what it takes to. `note`: what
 * the reader should know.
 */
export type Weight = 'broken' | 'warning' | 'unchecked' | 'note';

/** One thing found out about an identity provider, and the change that would mend it. */
export interface ProviderFinding {
  /** The provider's name in OAuth/cluster or Authentication/cluster; empty: all of them. */
  readonly provider: string;
  readonly type: string;
  readonly cause: Cause;
  readonly weight: Weight;
  readonly text: string;
  readonly mend: string;
}

/** `sound`: no problem. `doubtful`: a warning. `broken`: a finding is `broken`. */
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
  if (findings.some(({ weight }) => weight === 'broken')) return 'broken';
  return findings.some(({ weight }) => weight === 'warning') ? 'doubtful' : 'sound';
}

/** A finding in one sentence, for a report. */
export function tellFinding({ provider, type, text, mend }: ProviderFinding): string {
  const whose = provider === '' ? '' : `provider ${provider} (${type}): `;
  return `${whose}${text}${mend === '' ? '' : `; ${mend}`}`;
}
