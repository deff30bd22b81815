import { fronted } from './failure.ts';
import { readBodyText } from './wire/body.ts';
import type { Transport } from './wire/transport.ts';

/**
 * See `Registry.healthz`. It and a router's own 503 come without Docker-Distribution-API-Version: only
 * what the body says tells an ill storage from a registry without a ready pod, and the registry's 200,
 * which is empty and not to be cached, from what is said by something before it (openshift-facts.md 1.2).
 */
export function askHealth({ origin, exchange }: Transport, signal: AbortSignal): Promise<void> {
  const tried = { method: 'GET', path: '/healthz', origin } as const;
  return exchange({ ...tried, expect: [200], signal }, async (answer) => {
    const isEmpty = (await readBodyText(answer, 1)) === '';
    if (isEmpty && answer.headers['cache-control'] === 'no-cache') return;
    const what = isEmpty ? 'without Cache-Control: no-cache' : 'with a body';
    throw fronted(tried, `200, but ${what}`);
  });
}
