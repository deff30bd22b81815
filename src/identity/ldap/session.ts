import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { Client, ResultCodeError } from 'ldapts';
import {
  abortable,
  DialError,
  findAddresses,
  openStream,
  startTls,
  tlsOptions,
} from '../../net/dial.ts';
import type { Destination } from '../../net/dial.ts';
import { examineTls } from '../../net/inspect.ts';
import type { Notes } from '../notes.ts';
import type { Peer } from '../wire/peer.ts';
import { noteNoResponse, noteTls } from '../wire/reach.ts';
import { collectEntries } from './entries.ts';
import type { DirectoryEntry } from './entries.ts';
import type { LdapUrl } from './url.ts';

const WITHIN_MS = 5_000;

/** The most bytes that a directory may send in a session. Purser asks for two entries at most. */
export const BYTES_AT_MOST = 4_194_304;

/** The directory's address, and how the connection is secured. `insecure`: no StartTLS for ldap://. */
export interface DirectoryAddress {
  readonly peer: Peer;
  readonly url: LdapUrl;
  readonly insecure: boolean;
}

/**
 * Opens a connection as the OAuth server does: ldaps is TLS, ldap is upgraded by StartTLS unless
 * `insecure`. Nothing is sent over a connection that is less secure than configured. Undefined if there is
 * no connection; the notes say why. `signal` or `end` closes it.
 */
export async function openSession(
  address: DirectoryAddress,
  notes: Notes,
  signal: AbortSignal,
): Promise<LdapSession | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
  const open: OpenSockets = {};
  const end = (): void => {
    open.secure?.destroy();
    open.socket?.destroy();
  };
  try {
    const client = await connect(address, open, { notes, signal: limited });
    if (client === undefined) {
      end();
      return undefined;
    }
    const ended = (): void => end();
    signal.addEventListener('abort', ended, { once: true });
    return {
      host: address.peer.destination.url.host,
      run: (act) => abortable(act(client), signal),
      entriesOf: async (act) => {
        const kept = collectEntries(open.secure ?? open.socket ?? throwClosed());
        try {
          await abortable(act(client), signal);
          return kept.entries;
        } finally {
          kept.end();
        }
      },
      hasFlooded: () => open.hasFlooded === true,
      end: () => {
        signal.removeEventListener('abort', ended);
        end();
      },
    };
  } catch (error) {
    end();
    signal.throwIfAborted();
    noteFailure(address, error, notes);
    return undefined;
  }
}

/** A connection that is as secure as it is configured to be. */
export interface LdapSession {
  /** Host and port, for messages. */
  readonly host: string;
  /** Throws the reason of the signal if that has ended the session, and else the error of `act`. */
  run<T>(act: (client: Client) => Promise<T>): Promise<T>;
  /** The entries that arrive while `act` runs. Throws as {@link run} does. */
  entriesOf(act: (client: Client) => Promise<unknown>): Promise<readonly DirectoryEntry[]>;
  /** Whether it was ended because the directory had sent more than {@link BYTES_AT_MOST}. */
  hasFlooded(): boolean;
  end(): void;
}

interface OpenSockets {
  hasFlooded?: boolean;
  socket?: Socket;
  secure?: TLSSocket;
}

/** The collector of findings, and the signal that ends the check. */
export interface LdapCheckContext {
  readonly notes: Notes;
  readonly signal: AbortSignal;
}

async function connect(
  { peer, url, insecure }: DirectoryAddress,
  open: OpenSockets,
  { notes, signal }: LdapCheckContext,
): Promise<Client | undefined> {
  const to = destinationOf(peer);
  const stream = await openStream(to, await findAddresses(to, signal), signal);
  open.socket = stream as Socket;
  if (url.scheme === 'ldaps') {
    const secure = await startTls(to, stream, { signal, strict: false });
    open.secure = secure;
    return isTrusted(peer, secure, notes)
      ? clientOver(() => withByteLimit(secure, open))
      : undefined;
  }
  const client = clientOver(
    () => withByteLimit(open.socket ?? throwClosed(), open),
    () => withByteLimit((open.secure = upgrade(to, open.socket ?? throwClosed())), open),
  );
  if (insecure) return client;
  await abortable(client.startTLS({}), signal).catch((error: unknown) => {
    throw error instanceof ResultCodeError ? error : new DialError('tls', to.url.host, error);
  });
  return isTrusted(peer, open.secure ?? throwClosed(), notes) ? client : undefined;
}

// The client keeps every entry that arrives, even beyond the requested limit.
function withByteLimit<T extends Socket>(socket: T, open: OpenSockets): T {
  let left = BYTES_AT_MOST;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    open.hasFlooded = true;
    socket.destroy();
  });
  return socket;
}

// Some servers refuse an unknown ALPN protocol, and a directory does not speak HTTP.
function destinationOf({ destination }: Peer): Destination {
  return { ...destination, alpn: [] };
}

function isTrusted(peer: Peer, socket: TLSSocket, notes: Notes): boolean {
  const { facts, error } = examineTls(peer.destination, socket);
  if (error === undefined) noteTls(peer, facts, notes);
  else noteNoResponse(peer, error, notes);
  return error === undefined;
}

function upgrade(to: Destination, socket: Socket): TLSSocket {
  // The certificate is examined before anything is sent: see isSound.
  return connectTls({ ...tlsOptions(to, false), socket });
}

function clientOver(open: () => Socket, secure?: () => TLSSocket): Client {
  return new Client({
    // Only a placeholder: the connection is already open.
    url: 'ldap://directory.invalid',
    timeout: WITHIN_MS,
    createConnection: open,
    ...(secure === undefined ? {} : { createSecureConnection: secure }),
  });
}

function throwClosed(): never {
  throw new Error('the connection is gone');
}

function noteFailure({ peer, url }: DirectoryAddress, error: unknown, notes: Notes): void {
  if (error instanceof ResultCodeError) {
    notes.broken(
      'configuration',
      `${peer.destination.url.host} refuses StartTLS (${error.name})`,
      `${url.scheme}:// without "insecure: true" is upgraded by StartTLS: enable it there, or use ldaps://`,
    );
  } else noteNoResponse(peer, error, notes);
}
