import { PurserError } from '../../domain/errors.ts';
import { withoutTokens } from '../../domain/inputs/token-text.ts';
import { withoutSecrets } from '../../domain/redact/redact-lines.ts';
import type { TemporalAddress } from './address.ts';

/** Why a call to Temporal failed, and how long waiting may help. */
export interface ConnectionRefusal {
  /** `NotConfigured` for what an administrator must correct, `Unreachable` for what may recover by itself. */
  readonly error: PurserError;
  /** How long to wait since the first refusal, in milliseconds; 0: give up at once, Infinity: never give up. */
  readonly patienceMs: number;
}

// A new installation creates the namespace and starts the workers at the same time, and the whole server
// knows a new namespace only after some seconds.
const NAMESPACE_PATIENCE_MS = 60_000;

// Codes of gRPC (https://grpc.io/docs/guides/status-codes/).
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const CREDENTIALS: Readonly<Record<number, string>> = {
  7: 'PERMISSION_DENIED',
  16: 'UNAUTHENTICATED',
};

// Only the client's own error of a failed connection is searched for words of TLS: the text of a server or a
// proxy may contain them, too.
const OWN_ERROR = /^No connection established\. Last error: /;
// How Node and OpenSSL report a certificate that one side refuses, or a server without TLS. The errors of a
// name that does not resolve, a refused connection and a timeout contain none of these words.
const TLS =
  /certificate|\bCERT_|altnames|ERR_TLS_|ERR_SSL|SSL routines|wrong version number|PEM routines/i;
// The chain ends at a trusted certificate that is not a root. gRPC for Node cannot be configured to accept that.
const NO_ROOT = /unable to get issuer certificate/i;
const SERVER_NAME = /ERR_INVALID_ARG_VALUE|servername/i;

/**
 * Classifies the error of a call to Temporal. The text names settings and values, never a key. The original
 * error may contain a key, so it is not kept as the `cause`.
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
  /** The code of gRPC; undefined for another error. */
  readonly code: number | undefined;
  readonly text: string;
}

/** Describes what the server refused. */
function describeServerRefusal(
  { code, text }: ConnectionError,
  { options, namespace }: TemporalAddress,
) {
  const where = `Temporal at ${options.address}`;
  if (code === NOT_FOUND || code === INVALID_ARGUMENT) {
    return `${where} has no namespace ${JSON.stringify(namespace)} (${text}). Create it with \`temporal operator namespace create --namespace ${namespace} --retention 30d\`, or set another in temporal.namespace of purser.yaml or in TEMPORAL_NAMESPACE, which wins`;
  }
  const name = code === undefined ? undefined : CREDENTIALS[code];
  if (name === undefined) return undefined;
  const key = options.apiKey === undefined ? 'not set' : 'set';
  return `${where} refuses to let Purser into its namespace ${JSON.stringify(namespace)} (${name}: ${text}). Set credentials that it accepts: TEMPORAL_API_KEY (${key}), or TEMPORAL_TLS_CLIENT_CERT_PATH with TEMPORAL_TLS_CLIENT_KEY_PATH`;
}

/** Describes why TLS failed, before there is a connection. */
function describeTlsRefusal(
  { code, text }: ConnectionError,
  { options: { address } }: TemporalAddress,
) {
  const isOwn = code === undefined || OWN_ERROR.test(text);
  // A host may be called `certificates`.
  const words = isOwn ? text.replaceAll(address.replace(/:\d+$/, ''), '') : '';
  if (SERVER_NAME.test(words)) {
    return `TLS with Temporal at ${address} does not work under that address (${text}). Use a host name instead of the IP address in temporal.address or TEMPORAL_ADDRESS, or set TEMPORAL_TLS_SERVER_NAME`;
  }
  if (!TLS.test(words)) return undefined;
  if (NO_ROOT.test(words)) {
    return `TLS with Temporal at ${address} was refused (${text}). TEMPORAL_TLS_SERVER_CA_CERT_PATH must hold the root of the server's certificate: an issuing CA alone is not enough for Temporal's client`;
  }
  return `TLS with Temporal at ${address} was refused (${text}). Check TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME and the server's certificate. If the server asks for a client certificate, check TEMPORAL_TLS_CLIENT_CERT_PATH. TEMPORAL_TLS=false connects without TLS`;
}

// The SDK wraps the error of gRPC, which has a code and the text of the server.
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
