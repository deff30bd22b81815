import { drain } from './wire/body.ts';
import type { Transport } from './wire/transport.ts';

/**
 * See `Registry.healthz`. It and a router's own 503 come without Docker-Distribution-API-Version: only
 * what the body says tells an ill storage from a registry without a ready pod (openshift-facts.md 1.2).
 */
export function askHealth(transport: Transport, signal: AbortSignal): Promise<void> {
  return transport.exchange({ method: 'GET', path: '/healthz', expect: [200], signal }, drain);
}
