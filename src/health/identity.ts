import type { Cause } from '../domain/cause.ts';
import type { Finding } from '../domain/health/checks.ts';
import { degraded, note, unhealthy } from './findings.ts';
import type { Looked } from './findings.ts';

/** What is wrong with a provider. `probe`: it could not be looked at. */
export interface ProviderFlaw {
  readonly cause: Cause;
  readonly text: string;
}

/** Where people’s identities come from, and what is wrong there. */
export interface Providers {
  readonly kind: 'absent' | 'none' | 'oidc' | 'oauth';
  readonly names: readonly string[];
  readonly flaws: readonly ProviderFlaw[];
}

/** Whether people can log in at all. `hasKubeadmin`: undefined where it may not be looked at. */
export function judgeIdentity(providers: Providers, hasKubeadmin: boolean | undefined): Looked {
  return {
    findings: [
      ...judgeSource(providers, hasKubeadmin),
      ...providers.flaws.map(({ cause, text }) =>
        cause === 'probe' ? note(cause, text) : degraded(cause, text),
      ),
      ...judgeKubeadmin(providers, hasKubeadmin),
    ],
    measurements: { identity_providers: providers.names.length },
    table: {
      columns: ['identity provider'],
      rows: providers.names.map((name) => [name]),
    },
  };
}

function judgeSource(
  { kind, names }: Providers,
  hasKubeadmin: boolean | undefined,
): readonly Finding[] {
  if (kind === 'none') {
    const text = 'Authentication/cluster has type None: nobody can log in';
    return [unhealthy('configuration', text, 'oc edit authentication cluster')];
  }
  if (kind === 'absent') {
    return [note('configuration', 'this cluster has no OpenShift identity configuration')];
  }
  if (kind === 'oidc' || names.length > 0) return [];
  const advice = 'add one to spec.identityProviders (oc edit oauth cluster)';
  return hasKubeadmin === false
    ? [
        unhealthy(
          'configuration',
          'there is no identity provider and no kubeadmin: nobody can log in',
          advice,
        ),
      ]
    : [
        degraded(
          'configuration',
          'there is no identity provider: nobody but kubeadmin can log in',
          advice,
        ),
      ];
}

function judgeKubeadmin(
  { kind, names }: Providers,
  hasKubeadmin: boolean | undefined,
): readonly Finding[] {
  if (kind !== 'oauth') return [];
  if (hasKubeadmin === undefined) {
    return [note('probe', 'whether kubeadmin still exists may not be looked at')];
  }
  if (!hasKubeadmin || names.length === 0) return [];
  return [
    note(
      'configuration',
      'kubeadmin still exists, with a password that many may know',
      'once somebody else holds cluster-admin: oc delete secret kubeadmin -n kube-system (there is no way back)',
    ),
  ];
}
