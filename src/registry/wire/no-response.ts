import { CERTIFICATE_ADVICE, TLS_ADVICE } from '../../domain/wire/certificate-flaw.ts';
import { explainNoResponse } from '../../net/no-response.ts';
import type { Flaw } from '../../net/no-response.ts';
import { RegistryFailure } from '../failure.ts';
import type { RegistryOperation } from '../failure.ts';

/**
 * What it means that no answer came, or only a part of one: errors of the resolver, sockets, TLS and
 * undici. A `RegistryFailure` is returned unchanged.
 */
export function fromNoResponse(tried: RegistryOperation, error: unknown): RegistryFailure {
  if (error instanceof RegistryFailure) return error;
  const { cause: failureCause, text, flaw, isGarbled, root } = explainNoResponse(error);
  if (isGarbled) {
    const advice = 'check that this port is a registry';
    return new RegistryFailure(tried, text, { failureCause, advice });
  }
  const advice = flaw === undefined ? undefined : adviceFor(flaw, tried.origin);
  return new RegistryFailure(tried, text, { failureCause, advice, cause: root });
}

function adviceFor(flaw: Flaw, origin: string): string {
  switch (flaw) {
    case 'other-name':
      return 'name the registry as its certificate does';
    case 'unknown-issuer':
      return `give Purser ${caFor(origin)} as its CA`;
    case 'no-tls':
      return TLS_ADVICE;
    default:
      return CERTIFICATE_ADVICE[flaw];
  }
}

/** The service's certificate is from service-ca, the route's from the ingress CA (openshift-facts.md 5.1). */
function caFor(origin: string): string {
  return /\.svc(\.cluster\.local)?(:\d+)?$/.test(origin)
    ? 'the service CA (ConfigMap openshift-service-ca.crt, key service-ca.crt)'
    : "the ingress CA (ConfigMap openshift-config-managed/default-ingress-cert), or the route's own";
}
