import { hasKubeadmin } from '../../../src/openshift/installation/kubeadmin.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { evaluateIdentity } from '../../../src/health/identity.ts';
import { readProviders } from './providers.ts';
import type { CheckContext } from '../check-context.ts';

/** Whether users can log in: the identity providers, and kubeadmin. */
export async function checkIdentityProviders(
  context: CheckContext,
  _memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const [providers, kubeadmin] = await Promise.all([
    readProviders(context.providers, signal),
    hasKubeadmin(context.cluster, signal),
  ]);
  return evaluateIdentity(providers, kubeadmin);
}
