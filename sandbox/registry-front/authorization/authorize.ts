import { accessFor, attributesOf, badNameMessage } from './access.ts';
import type { AccessRecord } from './access.ts';
import { basicChallenge, bearerChallenge, unauthorized } from './challenge.ts';
import type { Cluster, Credentials } from '../cluster.ts';
import type { Exchange } from '../wire/exchange.ts';
import type { FaultState } from '../faults.ts';
import { identify, parseCredentials } from './identify.ts';
import type { Log } from '../telemetry/log.ts';
import { emptyReply } from '../wire/reply.ts';
import type { Reply } from '../wire/reply.ts';
import { review } from './review.ts';
import type { Attributes, Review } from './review.ts';
import type { Route } from '../wire/routes.ts';

export type Authorization =
  | { readonly granted: false; readonly reply: Reply }
  | {
      readonly granted: true;
      readonly as: Credentials;
      /** Carries the caller. */
      readonly caller: Log;
      /** The repository of `from` may not be pulled: a mount falls back to an upload. */
      readonly mountRefused: boolean;
    };

/** Why a request was refused; without a challenge the answer is an empty 400. */
interface RefusalReason {
  readonly why: string;
  readonly challenge?: string;
}

/**
 * Authenticates and authorizes each request at the cluster with the caller's own token, before the answer
 * shows whether anything exists (openshift-facts.md 1.3, 1.6). Logs as the registry does.
 */
export function createAuthorize(services: {
  readonly cluster: Cluster;
  readonly faults: FaultState;
}) {
  return async (exchange: Exchange, route: Route): Promise<Authorization> => {
    const records = accessFor(route, exchange.method, exchange.query);
    const refuse = ({ why, challenge }: RefusalReason): Authorization => {
      exchange.log.warning(`error authorizing context: ${why}`);
      const reply = challenge === undefined ? emptyReply(400) : unauthorized(challenge, records);
      return { granted: false, reply };
    };
    const caller = await authenticate(services, exchange);
    if ('why' in caller) {
      return refuse(caller);
    }
    const attributeSets = reviewsFor(records ?? [], route);
    if (attributeSets === undefined) {
      return refuse(unchecked(exchange.log, badNameMessage(nameIn(route))));
    }
    const { as } = caller;
    const reviews = await Promise.all(
      attributeSets.map((attributes) =>
        review(services.cluster, attributes, { as, signal: exchange.signal }),
      ),
    );
    const decision = decide(records ?? [], reviews, caller.log);
    if (decision.outcome === 'failed') {
      return refuse(unchecked(exchange.log, decision.line ?? 'the access review failed'));
    }
    const through = services.faults.current.letThrough === true && isPush(records);
    if (decision.outcome === 'denied' && !through) {
      return refuse(DENIED);
    }
    caller.log.info('authorized request');
    return { granted: true, as, caller: caller.log, mountRefused: decision.mountRefused };
  };
}

function nameIn(route: Route): string {
  return 'name' in route ? route.name : '';
}

function refusalWith(why: string): RefusalReason {
  return { why, challenge: basicChallenge(why) };
}

const DENIED = refusalWith('access denied');
const UNDECODABLE = refusalWith('failed to decode credentials');

/** The review failed: the answer is not a challenge but an empty 400 (facts 1.6). */
function unchecked(log: Log, why: string): RefusalReason {
  log.error(`error checking authorization: ${why}`);
  return { why };
}

/** The caller's credentials, and the log that carries the caller's name. */
async function authenticate(
  { cluster, faults }: { readonly cluster: Cluster; readonly faults: FaultState },
  { request, signal, log }: Exchange,
): Promise<RefusalReason | { readonly as: Credentials; readonly log: Log }> {
  const presented = parseCredentials(request.headers.authorization);
  switch (presented.kind) {
    case 'nothing': {
      const challenge = bearerChallenge(request.headers, faults.current.realm);
      return { why: 'authorization header required', challenge };
    }
    case 'undecodable':
      return UNDECODABLE;
    case 'anonymous':
      return { as: 'anonymous', log: log.with({ 'openshift.auth.user': 'anonymous' }) };
    case 'token': {
      const { token } = presented;
      const identified = await identify(cluster, { token }, signal);
      if (identified.ok) {
        return { as: { token }, log: log.with(callerFields(identified)) };
      }
      const { status, message } = identified.error;
      log.error(`Self subject review failed with error: ${message}`);
      return status === 401 || status === 403 ? DENIED : unchecked(log, message);
    }
  }
}

function callerFields({ user, uid }: { readonly user: string; readonly uid: string }) {
  return {
    'openshift.auth.user': user,
    ...(uid === '' ? {} : { 'openshift.auth.userid': uid }),
  };
}

function isPush(records: readonly AccessRecord[] | undefined): boolean {
  return records?.some(({ Action }) => Action === 'push') ?? false;
}

function reviewsFor(
  records: readonly AccessRecord[],
  route: Route,
): readonly Attributes[] | undefined {
  const attributeSets = records.map((record) => attributesOf(record, route));
  return attributeSets.every((attributes) => attributes !== undefined) ? attributeSets : undefined;
}

interface Decision {
  readonly outcome: Review['outcome'];
  readonly line?: string;
  readonly mountRefused: boolean;
}

/**
 * Decides the records' reviews in order, as the registry does: a refused push or delete ends the request.
 * A refused pull is decided last, because it may concern only the source of a mount.
 */
function decide(records: readonly AccessRecord[], reviews: readonly Review[], log: Log): Decision {
  const pushes = records.filter(({ Action }) => Action === 'push').map(({ Name }) => Name);
  const held: { readonly record: AccessRecord; readonly verdict: Review }[] = [];
  for (const [index, verdict] of reviews.entries()) {
    const record = records[index];
    if (verdict.line !== undefined) {
      log.error(verdict.line);
    }
    if (verdict.outcome === 'allowed' || record === undefined) {
      continue;
    }
    if (record.Action !== 'pull') {
      return { ...verdict, mountRefused: false };
    }
    held.push({ record, verdict });
  }
  const blocking = held.find(
    ({ record }) => pushes.length === 0 || pushes.includes(record.Name),
  )?.verdict;
  return blocking === undefined
    ? { outcome: 'allowed', mountRefused: held.length > 0 }
    : { ...blocking, mountRefused: false };
}
