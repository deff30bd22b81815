import { PurserError } from '../../domain/errors.ts';
import type { FailureType } from '../../domain/errors.ts';
import { codeOf } from '../../domain/wire/no-response.ts';
import { CERTIFICATE_FLAWS, certificateFlawOf } from '../../domain/wire/certificate-flaw.ts';
import type { S3 } from './client.ts';
import { explanationByName, statusOf, s3ErrorText } from './failure.ts';

/**
 * Lets the AWS SDK find its credentials, which it caches until they end. Without this, a refusal of the server
 * that issues them (STS, SSO, the instance's) would look like one of the bucket. `hadCredentials`: the SDK
 * has found some before, so that a failure now may pass.
 */
export async function findCredentials(
  { client }: S3,
  { place, hadCredentials }: { readonly place: string; readonly hadCredentials: boolean },
): Promise<void> {
  try {
    await client.config.credentials();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [type, meaning] = explanationOf(error);
    const isPassing = hadCredentials && type === 'NotConfigured';
    throw new PurserError(
      isPassing ? 'CredentialsUnavailable' : type,
      `archive ${place}: could not sign a request: ${meaning} (${s3ErrorText(error)})`,
    );
  }
}

const PASSING = /Throttling|IDPCommunicationError|RequestLimitExceeded|TooManyRequests/;
const CHECK_ROLE =
  'look at the role (AWS_ROLE_ARN) and its trust policy, at AWS_WEB_IDENTITY_TOKEN_FILE, or at the profile';

function explanationOf(error: Error): readonly [FailureType, string] {
  const flaw = certificateFlawOf(error);
  if (flaw !== undefined) {
    return [
      'Unreachable',
      `${CERTIFICATE_FLAWS[flaw]} of the server that issues credentials, for which only NODE_EXTRA_CA_CERTS names a CA`,
    ];
  }
  return explanationByName(error) ?? explanationByStatus(error);
}

function explanationByStatus(error: Error): readonly [FailureType, string] {
  const status = statusOf(error);
  if (status === undefined) {
    return codeOf(error) === ''
      ? ['CredentialsUnavailable', `the source of the credentials gave none: ${CHECK_ROLE}`]
      : [
          'Unreachable',
          'the server that issues credentials (STS, SSO, the instance) does not answer',
        ];
  }
  if (status >= 500 || status === 429 || PASSING.test(error.name)) {
    return [
      'Unreachable',
      'the server that issues credentials (STS, SSO) cannot do so at the moment',
    ];
  }
  const isDenied = status === 401 || status === 403;
  return [
    isDenied ? 'Forbidden' : 'CredentialsUnavailable',
    `the server that issues credentials (STS, SSO) refuses: ${CHECK_ROLE}`,
  ];
}
