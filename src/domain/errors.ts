/**
 * Every way a workflow of Purser can fail, by the type that the Temporal Web UI shows. `retryable`
 * says whether trying the same again can help.
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
  // An admission webhook or policy of the cluster said no: no right of Purser's helps.
  AdmissionDenied: { retryable: false },
  QuotaExceeded: { retryable: false },
  NamespaceTerminating: { retryable: false },
  // Somebody else's object stands where ours should: waiting does not move it.
  Conflict: { retryable: false },
  ProofFailed: { retryable: false },
  // Somebody else than the person that was meant may stand behind the name.
  WrongProvider: { retryable: false },
  LoginTimedOut: { retryable: false },
  Unreachable: { retryable: true },
  RateLimited: { retryable: true },
  ServerError: { retryable: true },
  // Credentials are renewed while a step is under way: the next attempt reads them anew.
  Unauthorized: { retryable: true },
  CredentialsUnavailable: { retryable: true },
  // How a look for a login says "not yet": the server repeats it, at no cost to the history.
  NotLoggedIn: { retryable: true },
} as const;

export type FailureType = keyof typeof FAILURES;

/** An error whose message is fit for the person who reads it: what was tried, what came back, what to do. */
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

/** Whether a failure of this type may pass by itself. Unknown types may: a bug must not end a lease. */
export function isRetryable(type: string): boolean {
  const known = Object.entries(FAILURES).find(([name]) => name === type);
  return known === undefined || known[1].retryable;
}

/** What an error says. Anything may be thrown: `otherwise` is for what is no `Error`. */
export function errorMessage(error: unknown, otherwise = 'unknown error'): string {
  return error instanceof Error ? error.message : otherwise;
}
