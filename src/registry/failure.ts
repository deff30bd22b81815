import type { Cause } from '../domain/cause.ts';
import { withoutSecrets } from '../domain/redact/redact-lines.ts';

/** What was tried: never with its query, which may hold an upload's state or a signature. */
export interface RegistryOperation {
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  /** `https://host[:port]` of the server that was asked. */
  readonly origin: string;
}

interface Facts {
  readonly why: Cause;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
  /** What the reader can do, where the cause alone does not say it. */
  readonly wayOut?: string | undefined;
  readonly isOfFront?: boolean;
}

/**
 * A call to the registry that did not do what was asked. `why` is the cause, `status` the HTTP status
 * (absent where no answer came), `code` the registry's own word for it (`MANIFEST_UNKNOWN`, …),
 * `tried` what was asked of whom. `isOfFront`: something before the registry answered in its place, which
 * says nothing about what anybody may do. The message holds no token and no password.
 */
export class RegistryFailure extends Error {
  readonly why: Cause;
  readonly tried: RegistryOperation;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly isOfFront: boolean;

  constructor(tried: RegistryOperation, what: string, facts: Facts) {
    const wayOut = facts.wayOut ?? WAYS_OUT[facts.why];
    super(
      `${tried.method} ${tried.path} at ${tried.origin}: ${shorten(what)}${wayOut === undefined ? '' : `; ${wayOut}`}`,
      facts.cause === undefined ? {} : { cause: facts.cause },
    );
    this.name = 'RegistryFailure';
    this.why = facts.why;
    this.tried = tried;
    this.status = facts.status;
    this.code = facts.code;
    this.retryAfterMs = facts.retryAfterMs;
    this.isOfFront = facts.isOfFront === true;
  }
}

const WAYS_OUT: Partial<Record<Cause, string>> = {
  dns: 'check the name, and that this machine can resolve it',
  tcp: 'check that the registry is up and that this machine reaches it',
  timeout: 'the registry or the way to it is too slow: try again, then look at its pods',
  unauthorized: 'the token has ended or was never valid: take a new one',
  forbidden: 'the token is good, its owner may not do this: look at the role bindings',
  quota: "look at the project's resource quota and limit range",
  'rate-limited': 'try again later, or raise spec.requests of configs.imageregistry/cluster',
  'server-error': 'look at the logs of the registry and of the router before it',
  storage: "look at the registry's storage: space, access rights, and that all replicas share it",
  probe: 'this says nothing about the registry: Purser could not get at it',
};

/** A failure because the other side is not set up as it must be. */
export function misconfigured(
  tried: RegistryOperation,
  what: string,
  wayOut: string,
): RegistryFailure {
  return new RegistryFailure(tried, what, { why: 'configuration', wayOut });
}

/** A failure because something before the registry has given an answer in its place that looks good. */
export function fronted(
  tried: RegistryOperation,
  what: string,
  {
    wayOut = IN_ITS_PLACE,
    status = 200,
  }: { readonly wayOut?: string; readonly status?: number } = {},
): RegistryFailure {
  return new RegistryFailure(tried, what, {
    why: 'configuration',
    status,
    isOfFront: true,
    wayOut,
  });
}

const IN_ITS_PLACE =
  "this is not how a registry answers: a front answered in the registry's place; look at the route, proxy or gateway before it";

/** A failure because what came is not what was stored; `what` says what was expected and what came. */
export function corrupted(tried: RegistryOperation, what: string): RegistryFailure {
  return new RegistryFailure(tried, what, { why: 'storage' });
}

const SHOWN = 400;

/** One line of bounded length and without secrets, whatever a server has put into it. */
function shorten(text: string): string {
  const line = withoutSecrets(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;
}
