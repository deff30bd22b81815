import { createFinding } from '../../../src/domain/finding.ts';
import { locateRegistry } from '../../../src/openshift/registry-location.ts';
import type { RegistryLocation } from '../../../src/openshift/registry-location.ts';
import { formatMs } from '../../../src/domain/duration.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import type { Target } from '../../target.ts';
import type { Recorder, StepResult } from './steps.ts';

const CERTIFICATE_SOON_DAYS = 14;

/**
 * Finds the target's registry and opens a client for it, with the user agent `agent`. The caller closes
 * it.
 */
export async function openRegistry(
  target: Target,
  agent: string,
  signal: AbortSignal,
): Promise<{ readonly registry: Registry; readonly way: RegistryLocation['way'] }> {
  const { reach, connect, ca, realm } = target.registry;
  const place = await locateRegistry(target.cluster, reach, signal);
  const registry = createRegistry({
    origin: place.origin,
    connect: place.open ?? connect,
    ca: ca ?? place.ca,
    realm,
    agent,
  });
  return { registry, way: place.way };
}

/** The step `reach`: name, TCP and TLS, and how long the certificate still lasts. */
export async function inspectRegistry(
  registry: Registry,
  way: RegistryLocation['way'],
  recorder: Recorder,
  signal: AbortSignal,
): Promise<StepResult> {
  const { stages, tls, failure } = await registry.inspect(signal);
  if (failure !== undefined) throw failure;
  const daysLeft = tls?.daysLeft;
  if (daysLeft !== undefined && daysLeft < CERTIFICATE_SOON_DAYS) {
    const text = `the certificate of ${registry.origin} ends in ${daysLeft} days`;
    recorder.addFinding(createFinding('warning', 'tls', text, 'renew it'));
  }
  const times = stages
    .map(({ stage, durationMs }) => `${stage} ${formatMs(durationMs)}`)
    .join(', ');
  const certificate = daysLeft === undefined ? '' : `; certificate good for ${daysLeft} days`;
  return { detail: `${registry.origin} by ${way} (${times}${certificate})` };
}
