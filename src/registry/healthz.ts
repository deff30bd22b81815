import { RegistryFailure } from './failure.ts';
import { readText } from './wire/body.ts';
import type { Transport } from './wire/transport.ts';

/**
 * See `Registry.healthz`. It and a router's own 503 come without Docker-Distribution-API-Version: only
 * what the body says tells an ill storage from a registry without a ready pod, and the registry's 200,
 * whose body is empty, from a page of something before it (openshift-facts.md 1.2).
 */
export function askHealth({ origin, exchange }: Transport, signal: AbortSignal): Promise<void> {
  const tried = { method: 'GET', path: '/healthz', origin } as const;
  return exchange({ ...tried, expect: [200], signal }, async (answer) => {
    if ((await readText(answer, 1)) === '') return;
    throw new RegistryFailure(tried, '200, but with a body', {
      why: 'configuration',
      status: 200,
      isOfFront: true,
      wayOut: "a front answered in the registry's place: look at the route or proxy before it",
    });
  });
}
