/**
 * The failure types of Purser's workflows, as the Temporal Web UI shows them. `retryable` says whether
 * a retry can help.
 */
export const FAILURES = {
  InvalidRequest: { retryable: false },
  NotConfigured: { retryable: false },
  SubjectNotFound: { retryable: false },
  NamespaceNotFound: { retryable: false },
  RoleNotFound: { retryable: false },
  GrantNotFound: { retryable: false },
  IdentityProviderMissing: { retryable: false },
  Forbidden: { retryable: false },
  // An admission webhook or policy of the cluster denied it: no right of Purser's helps.
  AdmissionDenied: { retryable: false },
  QuotaExceeded: { retryable: false },
  NamespaceTerminating: { retryable: false },
  // An object of another owner has the name that ours needs: waiting does not help.
  Conflict: { retryable: false },
  ProofFailed: { retryable: false },
  // The name may belong to another person than the intended one.
  WrongProvider: { retryable: false },
  LoginTimedOut: { retryable: false },
  Unreachable: { retryable: true },
  RateLimited: { retryable: true },
  ServerError: { retryable: true },
  // Credentials may be renewed while a step runs: the next attempt reads them again.
  Unauthorized: { retryable: true },
  CredentialsUnavailable: { retryable: true },
  // The poll for a login says "not yet" with it: Temporal retries it, at no cost to the history.
  NotLoggedIn: { retryable: true },
} as const;

export type FailureType = keyof typeof FAILURES;

/** An error with a message for the user: what was tried, what the result was, and what to do. */
export class PurserError extends Error {
  readonly type: FailureType;
  readonly retryAfterMs: number | undefined;

  constructor(
    type: FailureType,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = type;
    this.type = type;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether a failure of this type may pass. An unknown type may: a bug must not end a lease. */
export function isRetryable(type: string): boolean {
  const known = Object.entries(FAILURES).find(([name]) => name === type);
  return known === undefined || known[1].retryable;
}

/** The message of an error. Any value can be thrown: `otherwise` is for one that is not an `Error`. */
export function errorMessage(error: unknown, otherwise = 'unknown error'): string {
  return error instanceof Error ? error.message : otherwise;
}
