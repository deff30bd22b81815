import { isIP } from 'node:net';
import { hostOf } from '../../net/dial.ts';
import { fronted, misconfigured } from '../failure.ts';
import type { RegistryFailure, RegistryOperation } from '../failure.ts';

/**
 * An origin of the configuration. `http` is accepted only with `allowHttp` and on this machine, because
 * tokens are sent there. Throws `RegistryFailure` (`configuration`).
 */
export function parseOrigin(text: string, allowHttp: boolean): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refuse(text, 'is no https://host[:port]');
  }
  if (url.protocol === 'http:' && !(allowHttp && isLoopback(url))) {
    throw refuse(text, 'is http, which would show tokens to the network');
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(url.origin, 'is written with a password in it');
  }
  return url;
}

function refuse(origin: string, what: string): RegistryFailure {
  const tried = { method: 'CONNECT', path: '/', origin };
  return misconfigured(tried, `the address ${what}`, 'write it as https://host[:port]');
}

/**
 * The path and query of a `Location` at the registry itself. Any other server would get the subject's token,
 * which opens the whole cluster API (openshift-facts.md 1.5): `configuration`.
 */
export function pathAtOrigin(location: string | undefined, tried: RegistryOperation): string {
  const url = locate(location, tried);
  if (url.origin === tried.origin) return `${url.pathname}${url.search}`;
  throw misconfigured(
    tried,
    `the answer points to another server, ${url.origin}; nothing was sent there`,
    'configure the registry (or the proxy before it) with the name that Purser uses',
  );
}

/** `location` as an address; a relative one is relative to the path that was tried. */
export function locate(location: string | undefined, tried: RegistryOperation): URL {
  const url = location === undefined ? null : URL.parse(location, `${tried.origin}${tried.path}`);
  if (url !== null) return url;
  throw fronted(
    tried,
    location === undefined ? 'the answer has no Location' : 'the answer has an odd Location',
  );
}

/** Whether the address is certainly on this machine; names other than `localhost` never are. */
export function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
