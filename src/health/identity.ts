import type { Finding } from '../domain/finding.ts';
import type { IdentityCheck } from '../identity/model/provider-check.ts';
import { degraded, note, unhealthy } from './findings.ts';
import type { CheckFindings } from './findings.ts';

/** Where people's identities come from, and what was found out there. */
export interface Providers {
  readonly kind: IdentityCheck['kind'];
  readonly providers: readonly { readonly name: string; readonly isBroken: boolean }[];
  readonly findings: readonly Finding[];
}

/** Whether people can log in at all. `hasKubeadmin`: undefined where it may not be looked at. */
export function evaluateIdentity(
  found: Providers,
  hasKubeadmin: boolean | undefined,
): CheckFindings {
  const { providers, findings } = found;
  const areAllBroken = providers.length > 0 && providers.every(({ isBroken }) => isBroken);
  return {
    findings: [
      ...evaluateSource(found, hasKubeadmin),
      ...findings.map((each) => evaluateProvider(each, areAllBroken)),
      ...evaluateKubeadmin(found, hasKubeadmin),
    ],
    measurements: { identity_providers: providers.length },
    table: {
      columns: ['identity provider', 'works'],
      rows: providers.map(({ name, isBroken }) => [name, isBroken ? 'no' : 'yes']),
    },
  };
}

/** Where every provider is broken nobody can log in any more; one of several is no outage. */
function evaluateProvider(
  { severity, cause, text, advice }: Finding,
  areAllBroken: boolean,
): Finding {
  switch (severity) {
    case 'error':
      return (areAllBroken ? unhealthy : degraded)(cause, text, advice);
    case 'warning':
      return degraded(cause, text, advice);
    case 'unknown':
    case 'note':
      return note(cause, text, advice);
  }
}

function evaluateSource(
  { kind, providers }: Providers,
  hasKubeadmin: boolean | undefined,
): readonly Finding[] {
  if (kind === 'none') {
    const text = 'Authentication/cluster has type None: nobody can log in';
    return [unhealthy('configuration', text, 'oc edit authentication cluster')];
  }
  if (kind === 'absent') {
    return [note('configuration', 'this cluster has no OpenShift identity configuration')];
  }
  if (kind === 'oidc' || providers.length > 0) return [];
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

function evaluateKubeadmin(
  { kind, providers }: Providers,
  hasKubeadmin: boolean | undefined,
): readonly Finding[] {
  if (kind !== 'oauth') return [];
  if (hasKubeadmin === undefined) {
    return [note('probe', 'whether kubeadmin still exists may not be looked at')];
  }
  if (!hasKubeadmin || providers.length === 0) return [];
  return [
    note(
      'configuration',
      'kubeadmin still exists, with a password that many may know',
      'once somebody else holds cluster-admin: oc delete secret kubeadmin -n kube-system (there is no way back)',
    ),
  ];
}
