import { badNameMessage } from './access.ts';
import type { Cluster } from '../cluster.ts';
import type { Exchange } from '../wire/exchange.ts';
import type { FaultState } from '../faults.ts';
import { goJson } from '../telemetry/go-format.ts';
import { ANONYMOUS, basicPassword, identify } from './identify.ts';
import type { Log } from '../telemetry/log.ts';
import { emptyReply, jsonReply, textReply } from '../wire/reply.ts';
import type { Reply } from '../wire/reply.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/**
 * GET /openshift/token: returns the caller's own API token if it is valid; no scope, no expiry
 * (openshift-facts.md 1.5, 10.2). Any other method: 405.
 */
export function createTokenRoute(services: {
  readonly cluster: Cluster;
  readonly faults: FaultState;
  readonly log: Log;
}) {
  return async (exchange: Exchange): Promise<Reply> => {
    if (exchange.method !== 'GET') {
      return emptyReply(405);
    }
    if (services.faults.current.tokenRoute === 'broken') {
      return textReply(500, 'Internal Server Error');
    }
    const malformed = malformedName(exchange.query.getAll('scope'));
    if (malformed !== undefined) {
      exchange.log.error(`auth token request for unsupported resource name: ${malformed}`);
      return refused(badNameMessage(malformed));
    }
    const { authorization } = exchange.request.headers;
    if (authorization === undefined || authorization === '') {
      return issued(ANONYMOUS);
    }
    const token = basicPassword(authorization);
    return token === undefined ? emptyReply(401, JSON_TYPE) : checked(services, exchange, token);
  };
}

async function checked(
  { cluster, log }: { readonly cluster: Cluster; readonly log: Log },
  exchange: Exchange,
  token: string,
): Promise<Reply> {
  const as = token === '' ? 'anonymous' : { token };
  const identified = await identify(cluster, as, exchange.signal);
  if (identified.ok) {
    return issued(token);
  }
  const { status, message, reason } = identified.error;
  // This line has no fields of a request: the recorded registry logs it outside the app.
  log.error(`Self subject review failed with error: ${message}`);
  exchange.log.error(`invalid token: ${message}`);
  if (status === 401) {
    return emptyReply(401, JSON_TYPE);
  }
  return refused(`unable to validate token${reason === '' ? '' : `: ${reason}`}`);
}

function issued(token: string): Reply {
  return jsonReply({ access_token: token, token });
}

function refused(details: string): Reply {
  return {
    status: 401,
    headers: JSON_TYPE,
    body: goJson({ details }),
  };
}

/** The first repository name in the scopes that isn't `project/name`. Scopes of other shapes are ignored. */
function malformedName(scopes: readonly string[]): string | undefined {
  return scopes
    .flatMap((scope) => scope.split(' '))
    .map((scope) => scope.split(':'))
    .filter((parts) => parts.length === 3 && /^(repository|signature)(\(|$)/.test(parts[0] ?? ''))
    .map((parts) => parts[1] ?? '')
    .find((name) => name.split('/').length !== 2);
}
