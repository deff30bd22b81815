import { DialError } from './dial.ts';
import { RegistryFailure } from '../failure.ts';
import type { Tried } from '../failure.ts';
import type { Cause } from '../../domain/cause.ts';
import { CAUSE_BY_CODE, codeOf } from '../../domain/silence.ts';

/**
 * What it means that no answer came, or only a part of one: errors of the resolver, sockets, TLS and
 * undici. A `RegistryFailure` is given back as it is.
 */
export function fromSilence(tried: Tried, error: unknown): RegistryFailure {
  if (error instanceof RegistryFailure) return error;
  const dialled = error instanceof DialError ? error : undefined;
  const root = dialled === undefined ? error : dialled.cause;
  const code = codeOf(root);
  const why = causeOf(root, code, dialled);
  const where = dialled === undefined ? '' : ` (${STAGES[dialled.stage]} ${dialled.to})`;
  const text = root instanceof Error && root.message !== '' ? root.message : code;
  if (isGarbled(root)) {
    // Without its cause: undici keeps what the server sent in it, which may be the token itself.
    return new RegistryFailure(tried, text, { why, wayOut: 'check that this port is a registry' });
  }
  if (why === 'tls') {
    const [reason, wayOut] = tlsReason(code, tried.origin);
    return new RegistryFailure(tried, `${reason}: ${text}${where}`, { why, cause: root, wayOut });
  }
  return new RegistryFailure(tried, `no answer: ${text}${where}`, { why, cause: root });
}

const STAGES = {
  name: 'resolving',
  tcp: 'connecting to',
  stream: 'opening the stream to',
  tls: 'in the TLS handshake with',
} as const;

function causeOf(root: unknown, code: string, dialled: DialError | undefined): Cause {
  if (root instanceof Error && root.name === 'TimeoutError') return 'timeout';
  // Whatever a port-forward says (403, no such pod) is about Purser's way in. Taken for the
  // registry's own refusal it would prove a denial that nobody has tried.
  if (dialled?.stage === 'stream') return 'probe';
  const known = CAUSE_BY_CODE[code];
  if (known !== undefined) return known;
  if (isGarbled(root)) return 'configuration';
  return dialled === undefined ? 'probe' : BY_STAGE[dialled.stage];
}

/** Known by its name: undici 8.12 leaves its code undefined. */
function isGarbled(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError';
}

const BY_STAGE = { name: 'dns', tcp: 'tcp', stream: 'probe', tls: 'tls' } as const;

function tlsReason(code: string, origin: string): readonly [reason: string, wayOut: string] {
  if (code === 'CERT_HAS_EXPIRED') return ['the certificate has expired', 'have it renewed'];
  if (code === 'CERT_NOT_YET_VALID')
    return ['the certificate is not valid yet', 'check the clocks'];
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return ['the certificate is for another name', 'name the registry as its certificate does'];
  }
  if (/ISSUER|SELF_SIGNED|VERIFY_LEAF|CERT_SIGNATURE|UNTRUSTED|CHAIN/.test(code)) {
    return ['the certificate is from an unknown issuer', `give Purser ${caFor(origin)} as its CA`];
  }
  return ['TLS could not be agreed on', 'check that this port speaks TLS'];
}

/** The service's certificate is from service-ca, the route's from the ingress CA (openshift-facts.md 5.1). */
function caFor(origin: string): string {
  return /\.svc(\.cluster\.local)?(:\d+)?$/.test(origin)
    ? 'the service CA (ConfigMap openshift-service-ca.crt, key service-ca.crt)'
    : "the ingress CA (ConfigMap openshift-config-managed/default-ingress-cert), or the route's own";
}
