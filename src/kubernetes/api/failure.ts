import type { Cause } from '../../domain/cause.ts';
import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_ADVICE,
  certificateFlawOf,
} from '../../domain/wire/certificate-flaw.ts';
import { CallFailure } from '../../domain/wire/call-failure.ts';
import type { CallFacts } from '../../domain/wire/call-failure.ts';
import { parseRetryAfter } from '../../domain/wire/retry-after.ts';
import { withoutSecrets } from '../../domain/redact/redact-lines.ts';
import { CAUSE_BY_CODE, codeOf } from '../../domain/wire/no-response.ts';
import { refusalOf } from './refusal.ts';
import type { ApiStatus, ApiRefusal } from './refusal.ts';

/**
 * A call to the cluster's API that did not do what was asked. `reason` is the API's own name of the
 * error (`NotFound`, `AlreadyExists`, …).
 */
export class ClusterFailure extends CallFailure {
  readonly reason: string | undefined;
  /** What refused it, if that was no missing right. */
  readonly refusal: ApiRefusal | undefined;

  constructor(text: string, facts: ClusterFacts) {
    super(text, facts);
    this.name = 'ClusterFailure';
    this.reason = facts.reason;
    this.refusal = facts.refusal;
  }
}

interface ClusterFacts extends CallFacts {
  readonly reason?: string | undefined;
  readonly refusal?: ApiRefusal | undefined;
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

const REFUSED: Readonly<Record<ApiRefusal, readonly [cause: Cause, advice: string]>> = {
  admission: [
    'forbidden',
    "an admission webhook or policy of the cluster denies it, and no right of Purser's would help: its owner has to let it through",
  ],
  quota: ['quota', 'raise the ResourceQuota of the namespace, or free what it counts'],
  terminating: [
    'forbidden',
    'the namespace is being deleted: wait until it is gone, create it again, and start again',
  ],
};

/**
 * What an answer that is not 2xx means. `status` is the API's Status object, if it sent one. Secrets are
 * taken out of its message, which may quote the request, or what another registry answered to an import.
 * `tried` stays as it is: it holds names only. A token's name is a hash, by which it can be deleted.
 */
export function fromApiResponse(
  tried: string,
  code: number,
  status: ApiStatus,
  retryAfter: string | undefined,
): ClusterFailure {
  const refusal = refusalOf(status);
  const byStatus = BY_STATUS[code] ?? 'server-error';
  const [failureCause, advice] =
    refusal === undefined ? [byStatus, ADVICE[byStatus]] : REFUSED[refusal];
  const message = withoutSecrets(status.message ?? 'without a message');
  return new ClusterFailure(`${tried}: ${code} ${message}`, {
    failureCause,
    advice,
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
  const failureCause = isTimeout ? 'timeout' : (CAUSE_BY_CODE[code] ?? (isTls ? 'tls' : 'tcp'));
  const reason = withoutSecrets(
    error instanceof Error && error.message !== '' ? error.message : code,
  );
  if (flaw !== undefined) {
    const advice =
      flaw === 'unknown-issuer'
        ? 'put the CA that signed it into the kubeconfig (certificate-authority-data)'
        : CERTIFICATE_ADVICE[flaw];
    const text = `tls: ${CERTIFICATE_FLAWS[flaw]}: ${reason}`;
    return new ClusterFailure(`${tried}: no answer from ${place} (${text})`, {
      failureCause: 'tls',
      advice,
      cause: error,
    });
  }
  return new ClusterFailure(`${tried}: no answer from ${place} (${failureCause}: ${reason})`, {
    failureCause,
    advice: 'check that the cluster is up and that this machine reaches it',
    cause: error,
  });
}

/** Whether a failure says that the object is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClusterFailure && error.status === 404;
}
