import type { Cause } from '../../domain/cause.ts';
import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_MENDS,
  certificateFlawOf,
} from '../../domain/wire/certificate-flaw.ts';
import { parseRetryAfter } from '../../domain/wire/retry-after.ts';
import { withoutSecrets } from '../../domain/redact/redact-lines.ts';
import { CAUSE_BY_CODE, codeOf } from '../../domain/wire/no-response.ts';
import { refusalOf } from './refusal.ts';
import type { ApiStatus, ApiRefusal } from './refusal.ts';

/**
 * A call to the cluster's API that did not do what was asked. `status` is the HTTP status (absent
 * where no answer came), `reason` the API's own word for it (`NotFound`, `AlreadyExists`, …).
 */
export class ClusterFailure extends Error {
  readonly why: Cause;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  /** What refused it, where that was no missing right. */
  readonly refusal: ApiRefusal | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: ClusterFacts) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = 'ClusterFailure';
    this.why = facts.why;
    this.status = facts.status;
    this.reason = facts.reason;
    this.refusal = facts.refusal;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

interface ClusterFacts {
  readonly why: Cause;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly refusal?: ApiRefusal | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

// Whatever is not here may pass by itself, such as 410: a list's next page that took too long to be
// asked for.
const BY_STATUS: Readonly<Record<number, Cause>> = {
  301: 'configuration',
  302: 'configuration',
  303: 'configuration',
  307: 'configuration',
  308: 'configuration',
  400: 'configuration',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'configuration',
  415: 'configuration',
  422: 'configuration',
  429: 'rate-limited',
};

const ADVICE: Partial<Record<Cause, string>> = {
  unauthorized:
    'the credentials have ended or were never valid: log in again, or renew the kubeconfig, which is read again at the next attempt',
  forbidden: 'run `purser doctor`: it lists the permissions that Purser lacks',
};

const REFUSED: Readonly<Record<ApiRefusal, readonly [why: Cause, advice: string]>> = {
  admission: [
    'forbidden',
    "an admission webhook or policy of the cluster denies it, and no right of Purser's would help: its owner has to let it through",
  ],
  quota: ['quota', 'raise the ResourceQuota of the namespace, or free what it counts'],
  terminating: [
    'forbidden',
    'the namespace is being deleted: wait until it is gone, make it anew, and start again',
  ],
};

/**
 * What an answer that is not 2xx means. `status` is the API's Status object, where it sent one. Of its words
 * secrets are taken out: what refuses a request may quote it, and an import says what a registry said. `tried`
 * stays as it is: it holds names only, and that of a token, its hash, is what somebody would delete it by.
 */
export function fromApiResponse(
  tried: string,
  code: number,
  status: ApiStatus,
  retryAfter: string | undefined,
): ClusterFailure {
  const refusal = refusalOf(status);
  const byStatus = BY_STATUS[code] ?? 'server-error';
  const [why, advice] = refusal === undefined ? [byStatus, ADVICE[byStatus]] : REFUSED[refusal];
  const wayOut = advice === undefined ? '' : `; ${advice}`;
  const said = withoutSecrets(status.message ?? 'without a message');
  return new ClusterFailure(`${tried}: ${code} ${said}${wayOut}`, {
    why,
    status: code,
    reason: status.reason,
    refusal,
    retryAfterMs: parseRetryAfter(retryAfter),
  });
}

/** What it means that no answer came. `place` is the API server's address, and the proxy in between. */
export function fromNoApiResponse(tried: string, place: string, error: unknown): ClusterFailure {
  const code = codeOf(error);
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  const flaw = certificateFlawOf(error);
  const isTls = flaw !== undefined || /TLS|SSL/.test(code);
  const why = isTimeout ? 'timeout' : (CAUSE_BY_CODE[code] ?? (isTls ? 'tls' : 'tcp'));
  const text = error instanceof Error && error.message !== '' ? error.message : code;
  const reason = withoutSecrets(text);
  if (flaw !== undefined) {
    const mend =
      flaw === 'unknown-issuer'
        ? 'put the CA that signed it into the kubeconfig (certificate-authority-data)'
        : CERTIFICATE_MENDS[flaw];
    const said = `${CERTIFICATE_FLAWS[flaw]}: ${reason}`;
    return new ClusterFailure(`${tried}: no answer from ${place} (tls: ${said}); ${mend}`, {
      why: 'tls',
      cause: error,
    });
  }
  return new ClusterFailure(
    `${tried}: no answer from ${place} (${why}: ${reason}); check that the cluster is up and that this machine reaches it`,
    { why, cause: error },
  );
}

/** Whether a failure says that the object is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClusterFailure && error.status === 404;
}
