import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { errorMessage, PurserError } from '../../domain/errors.ts';
import type { FailureType } from '../../domain/errors.ts';
import { createIdentify, createServerTls } from './kubeconfig/credentials.ts';
import type { Identify, RequestCredentials, ServerTls } from './kubeconfig/credentials.ts';
import { createDispatchers } from './kubeconfig/dispatchers.ts';
import { displayAddress } from './kubeconfig/proxy.ts';
import { readAccount } from './kubeconfig/read.ts';
import type { KubeconfigContext, ClusterAddress } from './kubeconfig/context.ts';
import { socketConfig } from './kubeconfig/socket-config.ts';

/** A connection to a cluster's API server. */
export interface Connection {
  readonly server: string;
  /** The server's address for messages, with the proxy in between. */
  readonly place: string;
  /** For the next request, after its `credentials`: a client certificate is renewed with them. */
  readonly dispatcher: Dispatcher;
  /**
   * The headers that authenticate. Call it for each request, because tokens and certificates are renewed.
   * Throws `CredentialsUnavailable` if the login command fails or takes more than 30 s, or a file does not
   * exist. Throws the reason of `signal` if that is aborted.
   */
  credentials(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** The configuration with which client-node opens a WebSocket; throws as `credentials` does. */
  forSockets(signal?: AbortSignal): Promise<KubeConfig>;
  /** The same server with this token only: without a client certificate. */
  bearing(token: string): Connection;
  /**
   * Reads the kubeconfig's credentials again for the next request, and drops the result of the login command.
   * Call it after the API server has refused them. `refused` are the headers of that request. If there are
   * newer ones by now, nothing happens, as with client-go: of many requests that are refused together, only
   * the first renews.
   */
  renew(refused?: Readonly<Record<string, string>>): void;
}

interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly loginWithinMs?: number;
}

/** The identities that requests were sent with: a client certificate is not in their headers. */
function createSenderLog() {
  const by = new WeakMap<object, { readonly me: AccountState; readonly who: string }>();
  const whoOf = ({ headers, cert }: RequestCredentials): string => JSON.stringify([headers, cert]);
  return {
    note: (me: AccountState, found: RequestCredentials): void =>
      void by.set(found.headers, { me, who: whoOf(found) }),
    /** Whether the next request has another identity than the one with these headers had. */
    isPast: (headers: object, me: AccountState, now: RequestCredentials): boolean => {
      const then = by.get(headers);
      return then !== undefined && (then.me !== me || then.who !== whoOf(now));
    },
  };
}

interface AccountState {
  readonly account: KubeconfigContext;
  readonly identify: Identify;
  readonly serverTls: () => ServerTls;
}

/**
 * Reads the kubeconfig and prepares one kept-alive dispatcher for it. client-node itself opens a new
 * TLS connection for every request and knows no timeout (docs/decisions/0003).
 *
 * Throws `NotConfigured` if the file cannot be read, names no such context or gives no credentials.
 */
export async function connect(
  address: ClusterAddress,
  { signal, loginWithinMs }: ConnectOptions = {},
): Promise<Connection> {
  const meOf = (account: KubeconfigContext): AccountState => ({
    account,
    identify: createIdentify(account, loginWithinMs),
    serverTls: createServerTls(account.cluster),
  });
  let me = meOf(readAccount(address));
  const { proxy, cluster } = me.account;
  const { server } = cluster;
  const pinned = pinContext(address, me.account);
  const dispatchers = createDispatchers(proxy);
  const plain = createDispatchers(proxy);
  const first = await resolveCredentials(me, 'NotConfigured', signal);
  let dispatcher = dispatchers(first);
  let now: ResolvedCredentials = first;
  const sent = createSenderLog();
  const newest = keepNewest((found: ResolvedCredentials) => {
    dispatcher = dispatchers(found);
    now = found;
  });
  const renewed = async (until: AbortSignal | undefined): Promise<ResolvedCredentials> => {
    const asked = me;
    const found = await newest(resolveCredentials(asked, 'CredentialsUnavailable', until));
    sent.note(asked, found);
    return found;
  };
  const connection: Connection = {
    server: server.replace(/\/$/, ''),
    place: displayAddress(server, proxy),
    get dispatcher() {
      return dispatcher;
    },
    credentials: async (until) => (await renewed(until)).headers,
    forSockets: async (until) => {
      const found = await renewed(until);
      return socketConfig(me.account, found, found);
    },
    renew: (refused) => {
      if (refused !== undefined && sent.isPast(refused, me, now)) return;
      me = readOrKeep(() => meOf(readAgain(pinned, server)), me);
    },
    bearing: (token) => {
      const authorization = `Bearer ${token}`;
      return {
        ...connection,
        // Purser's own credentials were not refused.
        renew: () => {},
        // One dispatcher for all tokens: it keeps connections, and holds no credentials. It is read for each
        // request, because the previous one is closed when the CA is renewed.
        get dispatcher() {
          const { ca, servername, rejectUnauthorized } = now;
          return plain({ ca, servername, rejectUnauthorized });
        },
        credentials: async () => ({ authorization }),
        forSockets: async () => socketConfig(me.account, { headers: { authorization } }, now),
      };
    },
  };
  return connection;
}

type ResolvedCredentials = RequestCredentials & ServerTls;

/** Takes a result, unless one that was requested later is there already: a login may be slow. */
function keepNewest<T>(take: (found: T) => void): (finding: Promise<T>) => Promise<T> {
  const turns = { begun: 0, taken: 0 };
  return async (finding) => {
    const turn = (turns.begun += 1);
    const found = await finding;
    if (turn < turns.taken) return found;
    turns.taken = turn;
    take(found);
    return found;
  };
}

async function resolveCredentials(
  { identify, serverTls }: AccountState,
  type: FailureType,
  signal: AbortSignal | undefined,
): Promise<ResolvedCredentials> {
  let what = 'credentials';
  try {
    const identity = await identify(signal);
    what = 'certificate authority';
    return { ...identity, ...serverTls() };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const reason = errorMessage(error).trim().slice(0, 400);
    throw new PurserError(
      type,
      `the kubeconfig's ${what} could not be loaded: ${reason}; try its login command, or look at the files that it names`,
    );
  }
}

// `oc login` to another cluster makes that the current context: its token must not go to this cluster.
function pinContext(address: ClusterAddress, { kubeConfig }: KubeconfigContext): ClusterAddress {
  if (address.kubeconfig === undefined) return address;
  return { ...address, context: kubeConfig.getCurrentContext() };
}

/** The account as its file has it now. Throws if the context now names another API server. */
function readAgain(address: ClusterAddress, server: string): KubeconfigContext {
  const account = readAccount(address);
  if (account.cluster.server === server) return account;
  throw new PurserError('NotConfigured', `its context now names ${account.cluster.server}`);
}

/** Keeps the known value if it cannot be read now: the file may be being written. */
function readOrKeep<T>(read: () => T, known: T): T {
  try {
    return read();
  } catch {
    return known;
  }
}
