import { PurserError } from '../../domain/errors.ts';
import { withoutTokens } from '../../domain/input/token-text.ts';
import type { TemporalAddress } from '../address.ts';

/** Why Temporal could not be worked with, and how long it may be before waiting is no use. */
export interface Refusal {
  /** `NotConfigured` for what a person must put right, `Unreachable` for what may pass by itself. */
  readonly error: PurserError;
  /** Milliseconds from the first time on; 0: at once, Infinity: never. */
  readonly patienceMs: number;
}

// Whatever sets up a new installation makes the namespace beside the workers, and a new one takes some
// seconds to be known to the whole server.
const NAMESPACE_PATIENCE_MS = 60_000;

// Codes of gRPC (https://grpc.io/docs/guides/status-codes/).
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

// Only what this side says of a connection that it could not make is read for words of TLS: a server's or
// a proxy's text may hold them, too.
const OWN_WORDS = /^No connection established\. Last error: /;
// How Node and OpenSSL name a certificate that one of both sides does not take, or TLS spoken to a server
// without it. A name that does not resolve, a refused connection and silence hold none of these words.
const TLS = /certificate|\bCERT_|altnames|ERR_TLS_|ERR_SSL|SSL routines|wrong version number/i;
const SERVER_NAME = /ERR_INVALID_ARG_VALUE|servername/i;

/** Judges what a call to Temporal threw. The texts name settings and values, never a key. */
export function judgeRefusal(error: unknown, { options, namespace }: TemporalAddress): Refusal {
  const { code, text } = read(error, options.apiKey);
  const ownWords =
    code === undefined || OWN_WORDS.test(text) ? withoutHost(text, options.address) : '';
  const where = `Temporal at ${options.address}`;
  const final = (message: string, patienceMs = 0): Refusal => ({
    error: new PurserError('NotConfigured', message, { cause: error }),
    patienceMs,
  });
  if (error instanceof PurserError && error.type === 'NotConfigured') {
    return { error, patienceMs: 0 };
  }
  if (code === NOT_FOUND || code === INVALID_ARGUMENT) {
    return final(
      `${where} has no namespace ${JSON.stringify(namespace)} (${text}); make it, or set temporal.namespace in purser.yaml or TEMPORAL_NAMESPACE, which wins`,
      code === NOT_FOUND ? NAMESPACE_PATIENCE_MS : 0,
    );
  }
  if (code === UNAUTHENTICATED || code === PERMISSION_DENIED) {
    const name = code === UNAUTHENTICATED ? 'UNAUTHENTICATED' : 'PERMISSION_DENIED';
    return final(
      `${where} refuses to let Purser into its namespace ${JSON.stringify(namespace)} (${name}: ${text}); give it credentials that it takes: TEMPORAL_API_KEY (${options.apiKey === undefined ? 'not set' : 'set'}), or TEMPORAL_TLS_CLIENT_CERT_PATH with TEMPORAL_TLS_CLIENT_KEY_PATH`,
    );
  }
  if (SERVER_NAME.test(ownWords)) {
    return final(
      `${where} cannot be spoken to with TLS under that address (${text}); put a host name in place of the IP address in temporal.address or TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME`,
    );
  }
  if (TLS.test(ownWords)) {
    return final(
      `TLS with ${where} was refused (${text}); look at TEMPORAL_TLS_SERVER_CA_CERT_PATH and TEMPORAL_TLS_SERVER_NAME, and at the server's certificate; where the server wants one of Purser, at TEMPORAL_TLS_CLIENT_CERT_PATH; TEMPORAL_TLS=false speaks without TLS`,
    );
  }
  return {
    error: new PurserError(
      'Unreachable',
      `Temporal does not answer at ${options.address} (${text}); start it, or set temporal.address in purser.yaml or TEMPORAL_ADDRESS`,
      { cause: error },
    ),
    patienceMs: Number.POSITIVE_INFINITY,
  };
}

// The SDK wraps what gRPC says, which has a code and the words of the server.
function read(
  error: unknown,
  apiKey: unknown,
): { readonly code: number | undefined; readonly text: string } {
  const chain = chainOf(error);
  const answer = chain.find((each) => 'code' in each && typeof each.code === 'number');
  const innermost = answer ?? chain.at(-1);
  const details = innermost !== undefined && 'details' in innermost ? innermost.details : undefined;
  const said = typeof details === 'string' && details !== '' ? details : innermost?.message;
  const text = withoutTokens(said ?? String(error)).replace(/\. Resolution note: $/, '');
  return {
    code: answer !== undefined && 'code' in answer ? Number(answer.code) : undefined,
    text: typeof apiKey === 'string' && apiKey !== '' ? text.replaceAll(apiKey, '[removed]') : text,
  };
}

// A host may be called `certificates`.
function withoutHost(text: string, address: string): string {
  return text.replaceAll(address.replace(/:\d+$/, ''), '');
}

function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  let next = error;
  while (next instanceof Error && !chain.includes(next)) {
    chain.push(next);
    next = next.cause;
  }
  return chain;
}
