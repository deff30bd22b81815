import { trust } from '../net/dial.ts';
import type { Connect, Destination } from '../net/dial.ts';
import { inspectConnection } from '../net/inspect.ts';
import type { Reachability } from '../net/inspect.ts';
import { USER_AGENT } from '../user-agent.ts';
import type { RegistryFailure } from './failure.ts';
import { fromNoResponse } from './wire/no-response.ts';
import { checkHealthz } from './healthz.ts';
import { parseOrigin } from './wire/origin.ts';
import { createSession } from './session.ts';
import type { RegistrySession } from './session.ts';
import { fetchChallenge, logIn } from './token.ts';
import type { Challenge, LoginOptions } from './token.ts';
import { createTransport, TIMEOUTS } from './wire/transport.ts';
import type { Timeouts } from './wire/transport.ts';

export interface RegistryOptions {
  /** `https://host[:port]` as the registry is named: TLS server name and Host header. */
  readonly origin: string;
  /** How it is reached other than by resolving the name. */
  readonly connect?: Connect | undefined;
  /** PEM certificates that are trusted beside Node's own roots. */
  readonly ca?: string | undefined;
  /** A realm elsewhere that may see tokens too (`registry.realm` in purser.yaml). */
  readonly realm?: string | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** The `User-Agent` of every request; default: `purser/<version>`. */
  readonly agent?: string | undefined;
  /** Lets `origin` be http, if it is on this machine. */
  readonly allowHttp?: boolean | undefined;
}

/** How far a connection to the registry gets; `failure` is absent if all went well. */
export interface RegistryReachability extends Omit<Reachability, 'error'> {
  readonly failure?: RegistryFailure;
}

/** One registry. Its methods throw `RegistryFailure`; the reason of `signal` is thrown as it is. */
export interface Registry {
  readonly origin: string;
  /** Name, TCP and TLS, each with its time. What goes wrong is in `failure`, and is not thrown. */
  inspect(signal: AbortSignal): Promise<RegistryReachability>;
  /** Checks that `/healthz` answers 200: the registry serves, and can read its storage. */
  healthz(signal: AbortSignal): Promise<void>;
  /** How it asks for credentials. */
  challenge(signal: AbortSignal): Promise<Challenge>;
  /**
   * Gets the registry's token for `token` and checks that `/v2/` accepts it; `unauthorized` if not.
   * Neither token nor password is in any message.
   */
  login(token: string, options: LoginOptions, signal: AbortSignal): Promise<RegistrySession>;
  /** Ends every connection; what is under way fails. */
  close(): Promise<void>;
}

/**
 * A client of one OpenShift integrated registry (or of a plain one with Basic authentication). All
 * requests go over its own connections, at most four, kept alive. No token goes to another origin, except
 * to `realm`. Throws `RegistryFailure` (`configuration`) for an address that cannot be used.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const { connect, ca, realm, agent = USER_AGENT, allowHttp = false } = options;
  const url = parseOrigin(options.origin, allowHttp);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const destination = { url, connect, context: trust(ca) };
  const transport = createTransport({ ...destination, timeouts, server: 'registry', agent });
  const realmOrigin = realm === undefined ? undefined : parseOrigin(realm, allowHttp).origin;
  return {
    origin: url.origin,
    inspect: (signal) => inspectRegistry(destination, timeouts.connect, signal),
    healthz: (signal) => checkHealthz(transport, signal),
    challenge: (signal) => fetchChallenge(transport, signal),
    login: async (token, login, signal) =>
      createSession(transport, await logIn(transport, token, { ...login, realmOrigin }, signal)),
    close: () => transport.close(),
  };
}

async function inspectRegistry(
  to: Destination,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<RegistryReachability> {
  const { error, ...reachability } = await inspectConnection(to, timeoutMs, signal);
  if (error === undefined) return reachability;
  const tried = { method: 'CONNECT', path: '/', origin: to.url.origin };
  return { ...reachability, failure: fromNoResponse(tried, error) };
}
