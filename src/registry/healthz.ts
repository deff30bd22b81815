import { fronted } from './failure.ts';
import { readBodyText } from './wire/body.ts';
import type { Transport } from './wire/transport.ts';

/**
 * See `Registry.healthz`. Its answer and a router's own 503 lack Docker-Distribution-API-Version. Only the body
 * tells a broken storage from a registry without a ready pod. The registry's own 200 is empty and must not be
 * cached; any other 200 is of a front (openshift-facts.md 1.2).
 */
export function checkHealthz({ origin, exchange }: Transport, signal: AbortSignal): Promise<void> {
  const tried = { method: 'GET', path: '/healthz', origin } as const;
  return exchange({ ...tried, expect: [200], signal }, async (answer) => {
    const isEmpty = (await readBodyText(answer, 1)) === '';
    if (isEmpty && answer.headers['cache-control'] === 'no-cache') return;
    const what = isEmpty ? 'without Cache-Control: no-cache' : 'with a body';
    throw fronted(tried, `200, but ${what}`);
  });
}
