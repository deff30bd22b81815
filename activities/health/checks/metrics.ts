import type { RegistryPod } from '../../../src/openshift/installation/pods.ts';
import { notChecked, degraded } from '../../../src/health/findings.ts';
import type { CheckFindings } from '../../../src/health/findings.ts';
import { evaluateMetrics } from '../../../src/health/metrics.ts';
import type { Replica } from '../../../src/health/metrics.ts';
import { readSnapshot } from '../../../src/health/metrics-snapshot.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import { MetricsTextError, parseMetrics } from '../../../src/registry/metrics-text.ts';
import { explainRemoved } from '../removed.ts';
import type { CheckContext } from '../check-context.ts';

/** The registry's own metrics of each replica, evaluated by what is new in them. */
export async function checkMetrics(
  context: CheckContext,
  memory: unknown,
  signal: AbortSignal,
): Promise<CheckFindings> {
  const pods = (await context.pods()).filter(({ isReady, isEnding }) => isReady && !isEnding);
  const token = await context.token();
  const replicas = await Promise.all(pods.map((pod) => read(context, { pod, token, signal })));
  return explainRemoved(context, evaluateMetrics(replicas, memory, context.target.health.rules));
}

async function read(
  context: CheckContext,
  { pod, token, signal }: { pod: RegistryPod; token: string; signal: AbortSignal },
): Promise<Replica> {
  try {
    const registry = await context.replica(pod);
    const session = await registry.login(token, { account: 'purser-health' }, signal);
    const { samples } = parseMetrics(await session.metrics(signal));
    return { pod: pod.name, reading: readSnapshot(samples) };
  } catch (error) {
    return { pod: pod.name, failure: failureOf(pod.name, error) };
  }
}

function failureOf(pod: string, error: unknown) {
  if (error instanceof MetricsTextError) {
    return degraded('configuration', `${pod}: its metrics cannot be read: ${error.message}`);
  }
  if (!(error instanceof RegistryFailure)) throw error;
  const { failureCause, message } = error;
  if (failureCause === 'forbidden') {
    return notChecked(
      `${pod}: Purser may not read its metrics: ${message}`,
      "Purser's account needs `get` on registry/metrics (image.openshift.io): apply deploy/rbac",
    );
  }
  // Whether the registry answers at all is a matter of the checks endpoint and write-path.
  return notChecked(`${pod}: its metrics were not read: ${message}`);
}
