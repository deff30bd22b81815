import { BlockList, isIP, SocketAddress } from 'node:net';
import type { Cluster } from '@kubernetes/client-node';
import { invalidKubeconfig } from './extras.ts';

/** A proxy to an API server. */
export interface Proxy {
  /** May hold a password: messages show only its origin. */
  readonly url: string;
  /** Which setting names it. */
  readonly from: string;
}

/**
 * The proxy for an API server by kubectl's rules: `proxy-url` of its cluster, else `HTTPS_PROXY` of the
 * environment (`HTTP_PROXY` for a server without TLS). Hosts of `NO_PROXY` and the loopback need none. Each
 * variable may be in small letters (Go's golang.org/x/net/http/httpproxy). Throws `NotConfigured` if the
 * proxy is neither http nor https.
 */
export function proxyFor({ server, proxyUrl }: Cluster): Proxy | undefined {
  if (proxyUrl) return parseProxy({ url: proxyUrl, from: "the kubeconfig's proxy-url" });
  const { protocol, hostname, port } = new URL(server);
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const given = fromEnvironment(name);
  const asked = {
    host: withoutBrackets(hostname.toLowerCase()),
    port: port || PORTS[protocol] || '',
  };
  if (given === '' || isDirect(asked, fromEnvironment('NO_PROXY'))) return undefined;
  return parseProxy({ url: given.includes('://') ? given : `http://${given}`, from: name });
}

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

function fromEnvironment(name: string): string {
  return process.env[name] || process.env[name.toLowerCase()] || '';
}

// The text before the first ":" is a scheme only if "//" follows it: it may be a password.
function parseProxy({ url, from }: Proxy): Proxy {
  const [, scheme] = /^([a-z][a-z\d+.-]*):\/\//i.exec(url) ?? [];
  if (scheme !== undefined && !/^https?$/i.test(scheme)) {
    throw invalidKubeconfig(`${from} is a ${scheme} proxy; Purser knows http and https proxies`);
  }
  const parsed = scheme === undefined ? null : URL.parse(url);
  if (parsed === null || !isDecodable(`${parsed.username}${parsed.password}`)) {
    throw invalidKubeconfig(
      `${from} is no URL; write it as http://host:port, and a "%" of a password in it as %25`,
    );
  }
  const { protocol, host } = parsed;
  const [, user = ''] = /^\w+:\/\/([^/]*@)/.exec(parsed.href) ?? [];
  // Without a path, which Go ignores and undici refuses.
  return { url: `${protocol}//${user}${host}`, from };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** An API server as messages name it, without a proxy's password. */
export function displayAddress(server: string, proxy: Proxy | undefined): string {
  if (proxy === undefined) return server;
  const { protocol, host } = new URL(proxy.url);
  return `${server} by the proxy ${protocol}//${host} (${proxy.from})`;
}

interface HostAndPort {
  readonly host: string;
  readonly port: string;
}

function isDirect(asked: HostAndPort, noProxy: string): boolean {
  if (asked.host === 'localhost' || isLoopback(asked.host)) return true;
  return noProxy
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .some((each) => each !== '' && matches(asked, each));
}

/** An entry is `*`, `10.0.0.0/8`, or one of `10.0.0.1`, `example.com`, `.example.com`, `*.example.com`, also with `:port`. */
function matches({ host, port }: HostAndPort, entry: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isIn(host, entry);
  const [, name = entry, only] = /^(\[.*\]|[^:]*)(?::(\d*))?$/.exec(entry) ?? [];
  return (only || port) === port && matchesName(host, withoutBrackets(name).replace(/^\*\./, '.'));
}

function matchesName(host: string, name: string): boolean {
  if (name === '') return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && addressOf(name) === addressOf(host);
  return host === name || host.endsWith(name.startsWith('.') ? name : `.${name}`);
}

function isIn(host: string, entry: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  if (isIP(network) === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(bits), familyOf(network));
  } catch {
    return false;
  }
  return list.check(host, familyOf(host));
}

function isLoopback(host: string): boolean {
  return isIn(host, '127.0.0.0/8') || (isIP(host) === 6 && addressOf(host) === '::1');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function addressOf(address: string): string {
  return new SocketAddress({ address, family: familyOf(address) }).address;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
