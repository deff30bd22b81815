import { PurserError } from '../../domain/errors.ts';
import type { FailureType } from '../../domain/errors.ts';
import { codeOf } from '../../domain/wire/no-response.ts';
import { CERTIFICATE_FLAWS, certificateFlawOf } from '../../domain/wire/certificate-flaw.ts';
import type { S3 } from './client.ts';
import { knownBy, statusOf, s3ErrorText } from './failure.ts';

/**
 * Has the AWS SDK look for its credentials, which it keeps until they end: a server that gives them out (STS,
 * SSO, the instance's) refuses in the name of the bucket otherwise. `had`: it has found some before, and what
 * goes wrong now may pass.
 */
export async function findCredentials(
  { client }: S3,
  { place, had }: { readonly place: string; readonly had: boolean },
): Promise<void> {
  try {
    await client.config.credentials();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [type, meaning] = meaningOf(error);
    const isPassing = had && type === 'NotConfigured';
    throw new PurserError(
      isPassing ? 'CredentialsUnavailable' : type,
      `archive ${place}: could not sign a request: ${meaning} (${s3ErrorText(error)})`,
    );
  }
}

const PASSING = /Throttling|IDPCommunicationError|RequestLimitExceeded|TooManyRequests/;
const WHERE =
  'look at the role (AWS_ROLE_ARN), whom it trusts, and AWS_WEB_IDENTITY_TOKEN_FILE, or at the profile';

function meaningOf(error: Error): readonly [FailureType, string] {
  const flaw = certificateFlawOf(error);
  if (flaw !== undefined) {
    return [
      'Unreachable',
      `${CERTIFICATE_FLAWS[flaw]} of the server that gives out credentials, for which only NODE_EXTRA_CA_CERTS names a CA`,
    ];
  }
  return knownBy(error) ?? byStatus(error);
}

function byStatus(error: Error): readonly [FailureType, string] {
  const status = statusOf(error);
  if (status === undefined) {
    return codeOf(error) === ''
      ? ['CredentialsUnavailable', `what gives out credentials gave none: ${WHERE}`]
      : [
          'Unreachable',
          'the server that gives out credentials (STS, SSO, the instance) does not answer',
        ];
  }
  if (status >= 500 || status === 429 || PASSING.test(error.name)) {
    return [
      'Unreachable',
      'the server that gives out credentials (STS, SSO) cannot do so just now',
    ];
  }
  const isDenied = status === 401 || status === 403;
  return [
    isDenied ? 'Forbidden' : 'CredentialsUnavailable',
    `the server that gives out credentials (STS, SSO) refuses: ${WHERE}`,
  ];
}
