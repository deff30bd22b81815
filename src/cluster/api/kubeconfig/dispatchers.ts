import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { PurserError } from '../../../domain/errors.ts';
import { AS_GO_CHECKS } from '../../../net/certificate.ts';
import type { Identity, ServerTls } from './credentials.ts';

/** Gives the dispatcher for what is trusted and who one is; the same one while both are the same. */
export type Dispatchers = (tls: ServerTls & Pick<Identity, 'cert' | 'key'>) => Dispatcher;

/**
 * One kept-alive dispatcher at a time. A certificate that was renewed gets one of its own, and the former
 * closes as soon as its requests have their answers.
 */
export function createDispatchers(proxyUrl: string | undefined): Dispatchers {
  let made: { readonly by: string; readonly dispatcher: Dispatcher } | undefined;
  return ({ ca, cert, key, servername, rejectUnauthorized }) => {
    const given = { ca, cert, key, servername, rejectUnauthorized };
    const by = JSON.stringify(given);
    if (made?.by === by) return made.dispatcher;
    const tls = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    );
    void made?.dispatcher.close().catch(() => {});
    made = { by, dispatcher: dispatcherFor(proxyUrl, { ...tls, ...AS_GO_CHECKS }) };
    return made.dispatcher;
  };
}

function dispatcherFor(proxyUrl: string | undefined, tls: object): Dispatcher {
  const settings = { connections: 16, keepAliveTimeout: 30_000 };
  if (proxyUrl === undefined)
    return new Agent({ ...settings, connect: { ...tls, timeout: 5_000 } });
  if (!/^https?:/.test(proxyUrl)) {
    throw new PurserError(
      'NotConfigured',
      `the kubeconfig's proxy-url is a ${proxyUrl.split(':')[0]} proxy; Purser knows http and https proxies`,
    );
  }
  if (!URL.canParse(proxyUrl)) {
    throw new PurserError(
      'NotConfigured',
      "the kubeconfig's proxy-url is no URL; write it as http://host:port",
    );
  }
  return new ProxyAgent({ ...settings, uri: proxyUrl, requestTls: tls, proxyTls: AS_GO_CHECKS });
}
