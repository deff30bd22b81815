import { z } from 'zod';
import { drain, readJson } from './wire/body.ts';
import { fronted, RegistryFailure } from './failure.ts';
import type { RegistryOperation } from './failure.ts';
import type { RegistryResponse } from './wire/response.ts';
import type { Exchange, Transport } from './wire/transport.ts';
import { parseAuthChallenges } from './wire/www-authenticate.ts';

/**
 * How the registry asks for credentials. `open`: it needs none, which is no failure of the connection.
 * `basic`: a plain registry that knows no tokens.
 */
export type Challenge =
  | { readonly kind: 'bearer'; readonly realm: string; readonly service?: string }
  | { readonly kind: 'basic' }
  | { readonly kind: 'open' };

export interface LoginOptions {
  /** Shown in the registry's log only: the password decides (openshift-facts.md 1.4). */
  readonly account: string;
  /** The result of `challenge`; without it the registry is asked again. */
  readonly challenge?: Challenge;
}

/** Asks `/v2/` without credentials. */
export function fetchChallenge(transport: Transport, signal: AbortSignal): Promise<Challenge> {
  const ask = { method: 'GET', path: '/v2/', expect: [200, 401], signal } as const;
  return transport.exchange(ask, async (answer) => {
    if (answer.status === 200) {
      await readVersionCheck(answer, versionCheckAt(transport));
      return { kind: 'open' };
    }
    await drain(answer);
    return challengeOf(answer, versionCheckAt(transport));
  });
}

function challengeOf({ headers }: RegistryResponse, tried: RegistryOperation): Challenge {
  const challenges = parseAuthChallenges([headers['www-authenticate'] ?? []].flat().join(', '));
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.params;
  const realm = bearer?.get('realm');
  if (realm !== undefined) {
    const service = bearer?.get('service');
    return { kind: 'bearer', realm, ...(service === undefined ? {} : { service }) };
  }
  if (challenges.some(({ scheme }) => scheme === 'basic')) return { kind: 'basic' };
  throw fronted(tried, '401 without a challenge of Bearer or Basic', { status: 401 });
}

/** Checks that a 200 at `/v2/` is the registry's own: a JSON object (openshift-facts.md 1.4). */
export async function readVersionCheck(
  answer: RegistryResponse,
  tried: RegistryOperation,
): Promise<void> {
  await readJson(answer, z.object({}), tried);
}

/**
 * The `Authorization` that the registry accepts for a token, checked by a 200 at `/v2/`
 * (openshift-facts.md 1.4, 1.5 and 10.2). It proves no right (10.2: a user without a role logs in too).
 * `realmOrigin`: the only origin beside the registry's own that may see the token.
 */
export async function logIn(
  transport: Transport,
  token: string,
  {
    account,
    challenge: known,
    realmOrigin,
  }: LoginOptions & { readonly realmOrigin: string | undefined },
  signal: AbortSignal,
): Promise<string> {
  const challenge = known ?? (await fetchChallenge(transport, signal));
  if (challenge.kind === 'open') {
    throw fronted(
      versionCheckAt(transport),
      '200 without credentials: it lets everybody in, so a login proves nothing',
      {
        advice:
          "a front answered in the registry's place, or its authentication is off: switch it on",
      },
    );
  }
  // The registry cuts at the first colon: the rest of the name would become part of the token (1.4).
  const pair = `${account.replaceAll(':', '-')}:${token}`;
  const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
  const authorization =
    challenge.kind === 'basic'
      ? basic
      : `Bearer ${await fetchToken({ transport, challenge, realmOrigin, account }, basic, signal)}`;
  await transport.exchange(
    { method: 'GET', path: '/v2/', authorization, expect: [200], signal },
    (answer) => readVersionCheck(answer, versionCheckAt(transport)),
  );
  return authorization;
}

interface TokenRoute {
  readonly transport: Transport;
  readonly challenge: Extract<Challenge, { kind: 'bearer' }>;
  readonly realmOrigin: string | undefined;
  readonly account: string;
}

async function fetchToken(
  { transport, challenge, realmOrigin, account }: TokenRoute,
  authorization: string,
  signal: AbortSignal,
): Promise<string> {
  const url = URL.parse(challenge.realm);
  if (url === null || ![transport.origin, realmOrigin].includes(url.origin)) {
    throw fronted(
      versionCheckAt(transport),
      `the challenge sends the token to ${url?.origin ?? 'an odd address'}; nothing was sent there`,
      {
        status: 401,
        advice:
          "a front answered in the registry's place, or it is named otherwise: name it as it names itself, or set registry.realm in purser.yaml if that server is to be trusted",
      },
    );
  }
  url.searchParams.set('account', account);
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  const server = url.origin === transport.origin ? 'token-route' : 'realm';
  return transport.elsewhere(url, server, (exchange) =>
    requestToken(exchange, url, authorization, signal),
  );
}

async function requestToken(
  exchange: Exchange,
  url: URL,
  authorization: string,
  signal: AbortSignal,
): Promise<string> {
  const tried = { method: 'GET', path: url.pathname, origin: url.origin };
  const path = `${url.pathname}${url.search}`;
  const ask = { method: 'GET', path, authorization, expect: [200], signal } as const;
  try {
    const body = await exchange(ask, (answer) => readJson(answer, TokenBody, tried));
    const token = 'token' in body ? body.token : body.access_token;
    if (token !== 'anonymous') return token;
  } catch (error) {
    throw explainTokenRefusal(error);
  }
  throw fronted(tried, '200, but with the anonymous token', {
    advice:
      'a front removed the credentials: look at the route, proxy or gateway before the registry',
  });
}

const Token = z
  .string()
  .max(16_384)
  .regex(/^[\x21-\x7e]+$/, 'not a token');
const TokenBody = z.union([z.object({ token: Token }), z.object({ access_token: Token })]);

/**
 * The token route answers 401 to every failure. The body is empty for a bad token. For all else it holds the
 * API server's reason, which need not be the token's fault (openshift-facts.md 1.5, 10.6).
 */
function explainTokenRefusal(error: unknown): unknown {
  if (!(error instanceof RegistryFailure) || error.status !== 401 || error.isOfFront) return error;
  const reason = /unable to validate token(: *(\w+))?/.exec(error.message);
  if (reason === null || reason[2] === 'Unauthorized') return error;
  const isScope = reason[2] === 'Forbidden';
  return new RegistryFailure(error.tried, `401 ${reason[0]}`, {
    failureCause: isScope ? 'unauthorized' : 'server-error',
    status: 401,
    cause: error,
    advice: isScope
      ? "the token's scopes do not allow the login: it needs user:full or role:system:basic-user:*"
      : 'the registry could not ask the API server about the token: look at its logs',
  });
}

function versionCheckAt({ origin }: Transport): RegistryOperation {
  return { method: 'GET', path: '/v2/', origin };
}
