import { hasKubeadmin } from '../../../src/openshift/installation/kubeadmin.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { judgeIdentity } from '../../../src/health/identity.ts';
import { readProviders } from './providers.ts';
import type { CheckContext } from '../check-context.ts';

/** Whether people can log in: the identity providers, and what became of kubeadmin. */
export async function checkIdentityProviders(
  visit: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const [providers, kubeadmin] = await Promise.all([
    readProviders(visit.providers, signal),
    hasKubeadmin(visit.cluster, signal),
  ]);
  return judgeIdentity(providers, kubeadmin);
}
