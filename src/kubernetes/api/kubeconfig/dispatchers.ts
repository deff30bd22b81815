import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { AS_GO_CHECKS } from '../../../net/certificate.ts';
import type { ServerTls } from './credentials.ts';
import type { Pair } from '../../../pem.ts';
import type { Proxy } from './proxy.ts';

/** Gives the dispatcher for TLS settings and a client certificate; the same one while both stay the same. */
export type Dispatchers = (tls: ServerTls & Pair) => Dispatcher;

/**
 * One kept-alive dispatcher at a time. A renewed certificate gets a new one, and the previous one closes as
 * soon as its requests are answered.
 */
export function createDispatchers(proxy: Proxy | undefined): Dispatchers {
  let made: { readonly by: string; readonly dispatcher: Dispatcher } | undefined;
  return ({ ca, cert, key, servername, rejectUnauthorized }) => {
    const given = { ca, cert, key, servername, rejectUnauthorized };
    const by = JSON.stringify(given);
    if (made?.by === by) return made.dispatcher;
    const tls = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    );
    void made?.dispatcher.close().catch(() => {});
    made = { by, dispatcher: dispatcherFor(proxy, { ...tls, ...AS_GO_CHECKS }) };
    return made.dispatcher;
  };
}

function dispatcherFor(proxy: Proxy | undefined, tls: object): Dispatcher {
  const settings = { connections: 16, keepAliveTimeout: 30_000 };
  if (proxy === undefined) {
    return new Agent({ ...settings, connect: { ...tls, timeout: 5_000 } });
  }
  return new ProxyAgent({ ...settings, uri: proxy.url, requestTls: tls, proxyTls: AS_GO_CHECKS });
}
