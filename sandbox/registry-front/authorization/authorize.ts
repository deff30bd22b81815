import { accessFor, attributesOf, badNameMessage } from './access.ts';
import type { AccessRecord } from './access.ts';
import { basicChallenge, bearerChallenge, unauthorized } from './challenge.ts';
import type { Cluster, Credentials } from '../cluster.ts';
import type { Exchange } from '../wire/exchange.ts';
import type { FaultBox } from '../faults.ts';
import { identify, presentedBy } from './identify.ts';
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

/** Why a request was turned away; without a challenge the answer is an empty 400. */
interface Refused {
  readonly why: string;
  readonly challenge?: string;
}

/**
 * Who is it, and may they: asked of the cluster with the caller's own token at every request,
 * before anything is said about existence (openshift-facts.md 1.3, 1.6). Logs as the registry does.
 */
export function createAuthorize(means: { readonly cluster: Cluster; readonly faults: FaultBox }) {
  return async (exchange: Exchange, route: Route): Promise<Authorization> => {
    const records = accessFor(route, exchange.method, exchange.query);
    const refuse = ({ why, challenge }: Refused): Authorization => {
      exchange.log.warning(`error authorizing context: ${why}`);
      const reply = challenge === undefined ? emptyReply(400) : unauthorized(challenge, records);
      return { granted: false, reply };
    };
    const caller = await authenticate(means, exchange);
    if ('why' in caller) {
      return refuse(caller);
    }
    const asked = questions(records ?? [], route);
    if (asked === undefined) {
      return refuse(unchecked(exchange.log, badNameMessage(nameIn(route))));
    }
    const { as } = caller;
    const reviews = await Promise.all(
      asked.map((attributes) => review(means.cluster, attributes, { as, signal: exchange.signal })),
    );
    const judged = judge(records ?? [], reviews, caller.log);
    if (judged.outcome === 'failed') {
      return refuse(unchecked(exchange.log, judged.line ?? 'the access review failed'));
    }
    const through = means.faults.current.letThrough === true && isPush(records);
    if (judged.outcome === 'denied' && !through) {
      return refuse(DENIED);
    }
    caller.log.info('authorized request');
    return { granted: true, as, caller: caller.log, mountRefused: judged.mountRefused };
  };
}

function nameIn(route: Route): string {
  return 'name' in route ? route.name : '';
}

function refusedWith(why: string): Refused {
  return { why, challenge: basicChallenge(why) };
}

const DENIED = refusedWith('access denied');
const UNDECODABLE = refusedWith('failed to decode credentials');

/** No verdict could be had: not a challenge but an empty 400 (facts 1.6). */
function unchecked(log: Log, why: string): Refused {
  log.error(`error checking authorization: ${why}`);
  return { why };
}

/** The caller's credentials, and the log that carries the caller's name. */
async function authenticate(
  { cluster, faults }: { readonly cluster: Cluster; readonly faults: FaultBox },
  { request, signal, log }: Exchange,
): Promise<Refused | { readonly as: Credentials; readonly log: Log }> {
  const presented = presentedBy(request.headers.authorization);
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

function questions(
  records: readonly AccessRecord[],
  route: Route,
): readonly Attributes[] | undefined {
  const asked = records.map((record) => attributesOf(record, route));
  return asked.every((attributes) => attributes !== undefined) ? asked : undefined;
}

interface Judged {
  readonly outcome: Review['outcome'];
  readonly line?: string;
  readonly mountRefused: boolean;
}

/**
 * The records' reviews in order, as the registry judges them: a refused push or delete ends it, a
 * refused pull is held back until it is known whether it was only the source of a mount.
 */
function judge(records: readonly AccessRecord[], reviews: readonly Review[], log: Log): Judged {
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
