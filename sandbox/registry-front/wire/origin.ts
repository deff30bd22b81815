import type { IncomingHttpHeaders } from 'node:http';

/**
 * The scheme and host that the client used, as image-registry's httprequest.SchemeHost finds them:
 * X-Forwarded-Host (and -Port), otherwise the Host header; X-Forwarded-Proto, otherwise https. A default
 * port that only X-Forwarded-Port gave is dropped.
 */
export function originOf(headers: IncomingHttpHeaders): string {
  const scheme = forwarded(headers, 'proto') || 'https';
  const host = forwarded(headers, 'host');
  return `${scheme}://${host === '' ? headers.host : withPort(scheme, host, forwarded(headers, 'port'))}`;
}

function withPort(scheme: string, named: string, port: string): string {
  const explicit = splitHostPort(named);
  const isDefault = port === (scheme === 'https' ? '443' : '80');
  if (port === '' || (explicit === undefined && isDefault)) {
    return named;
  }
  return `${explicit?.host ?? named}:${port}`;
}

export function splitHostPort(
  address: string,
): { readonly host: string; readonly port: string } | undefined {
  const match = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(address);
  return match === null ? undefined : { host: match[1] ?? '', port: match[2] ?? '' };
}

function forwarded(headers: IncomingHttpHeaders, attribute: 'proto' | 'host' | 'port'): string {
  return (
    String(headers[`x-forwarded-${attribute}`] ?? '')
      .split(',')[0]
      ?.trim() ?? ''
  );
}
