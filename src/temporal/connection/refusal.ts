import { PurserError } from '../../domain/errors.ts';
import { withoutTokens } from '../../domain/inputs/token-text.ts';
import { withoutSecrets } from '../../domain/redact/redact-lines.ts';
import type { TemporalAddress } from './address.ts';

/** Why Temporal could not be worked with, and how long it may be before waiting is no use. */
export interface ConnectionRefusal {
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
const CREDENTIALS: Readonly<Record<number, string>> = {
  7: 'PERMISSION_DENIED',
  16: 'UNAUTHENTICATED',
};

// Only what this side says of a connection that it could not make is read for words of TLS: a server's or
// a proxy's text may hold them, too.
const OWN_ERROR = /^No connection established\. Last error: /;
// How Node and OpenSSL name a certificate that one of both sides does not take, or TLS spoken to a server
// without it. A name that does not resolve, a refused connection and silence hold none of these words.
const TLS =
  /certificate|\bCERT_|altnames|ERR_TLS_|ERR_SSL|SSL routines|wrong version number|PEM routines/i;
// The chain ends at a certificate that is trusted and is no root, which gRPC for Node cannot be told to take.
const NO_ROOT = /unable to get issuer certificate/i;
const SERVER_NAME = /ERR_INVALID_ARG_VALUE|servername/i;

/**
 * Judges what a call to Temporal threw. The texts name settings and values, never a key; what was thrown may
 * hold one, and is no cause of the error for that.
 */
export function classifyRefusal(error: unknown, address: TemporalAddress): ConnectionRefusal {
  if (error instanceof PurserError && error.type === 'NotConfigured') {
    return { error, patienceMs: 0 };
  }
  const connectionError = parseError(error, address.options.apiKey);
  const mistake =
    describeServerRefusal(connectionError, address) ?? describeTlsRefusal(connectionError, address);
  if (mistake !== undefined) {
    return {
      error: new PurserError('NotConfigured', mistake),
      patienceMs: connectionError.code === NOT_FOUND ? NAMESPACE_PATIENCE_MS : 0,
    };
  }
  return {
    error: new PurserError(
      'Unreachable',
      `Temporal does not answer at ${address.options.address} (${connectionError.text}); start it, or set temporal.address in purser.yaml or TEMPORAL_ADDRESS`,
    ),
    patienceMs: Number.POSITIVE_INFINITY,
  };
}

interface ConnectionError {
  /** Of gRPC; undefined where it was not gRPC that failed. */
  readonly code: number | undefined;
  readonly text: string;
}

/** What the server refuses. */
function describeServerRefusal(
  { code, text }: ConnectionError,
  { options, namespace }: TemporalAddress,
) {
  const where = `Temporal at ${options.address}`;
  if (code === NOT_FOUND || code === INVALID_ARGUMENT) {
    return `${where} has no namespace ${JSON.stringify(namespace)} (${text}); make it with \`temporal operator namespace create --namespace ${namespace} --retention 30d\`, or set temporal.namespace in purser.yaml or TEMPORAL_NAMESPACE, which wins`;
  }
  const name = code === undefined ? undefined : CREDENTIALS[code];
  if (name === undefined) return undefined;
  const key = options.apiKey === undefined ? 'not set' : 'set';
  return `${where} refuses to let Purser into its namespace ${JSON.stringify(namespace)} (${name}: ${text}); give it credentials that it takes: TEMPORAL_API_KEY (${key}), or TEMPORAL_TLS_CLIENT_CERT_PATH with TEMPORAL_TLS_CLIENT_KEY_PATH`;
}

/** What this side, or both, refuse before there is a connection. */
function describeTlsRefusal(
  { code, text }: ConnectionError,
  { options: { address } }: TemporalAddress,
) {
  const isOwn = code === undefined || OWN_ERROR.test(text);
  // A host may be called `certificates`.
  const words = isOwn ? text.replaceAll(address.replace(/:\d+$/, ''), '') : '';
  if (SERVER_NAME.test(words)) {
    return `Temporal at ${address} cannot be spoken to with TLS under that address (${text}); put a host name in place of the IP address in temporal.address or TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME`;
  }
  if (!TLS.test(words)) return undefined;
  if (NO_ROOT.test(words)) {
    return `TLS with Temporal at ${address} was refused (${text}); TEMPORAL_TLS_SERVER_CA_CERT_PATH must hold the root of the server's certificate: Temporal's client trusts no issuing CA by itself`;
  }
  return `TLS with Temporal at ${address} was refused (${text}); look at TEMPORAL_TLS_SERVER_CA_CERT_PATH and TEMPORAL_TLS_SERVER_NAME, and at the server's certificate; where the server wants one of Purser, at TEMPORAL_TLS_CLIENT_CERT_PATH; TEMPORAL_TLS=false speaks without TLS`;
}

// The SDK wraps what gRPC says, which has a code and the words of the server.
function parseError(error: unknown, apiKey: unknown): ConnectionError {
  const chain = chainOf(error);
  const answer = chain.find(hasCode);
  const message = answer === undefined ? chain.at(-1)?.message : messageOf(answer);
  const text = withoutSecrets(withoutTokens(message ?? String(error))).replace(
    /\. Resolution note: $/,
    '',
  );
  return {
    code: answer?.code,
    text: typeof apiKey === 'string' && apiKey !== '' ? text.replaceAll(apiKey, '[removed]') : text,
  };
}

function hasCode(error: Error): error is Error & { readonly code: number } {
  return 'code' in error && typeof error.code === 'number';
}

function messageOf(error: Error): string {
  const details = 'details' in error ? error.details : undefined;
  return typeof details === 'string' && details !== '' ? details : error.message;
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
