import {
  CERTIFICATE_FLAWS,
  CERTIFICATE_ADVICE,
  certificateFlawOf,
} from '../../domain/wire/certificate-flaw.ts';
import { PurserError } from '../../domain/errors.ts';
import type { FailureType } from '../../domain/errors.ts';
import { codeOf } from '../../domain/wire/no-response.ts';
import { withExplanation } from '../with-explanation.ts';

/** Runs one operation on a bucket; an error of the SDK becomes one that says what to do. */
export async function withS3Errors<T>(
  place: string,
  tried: string,
  act: () => Promise<T>,
): Promise<T> {
  return withExplanation((error) => explain(place, tried, error), act);
}

/** Whether the store says that there is no such object. A 404 without the code may be of a front. */
export function isMissingObject(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchKey';
}

/** Whether the condition of a write was not met. */
export function isTaken(error: unknown): boolean {
  return statusOf(error) === 412;
}

/** Whether another write of the object is under way: which of the two succeeds is not known yet. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

type Explanation = readonly [FailureType, string];

const FULL: Explanation = ['Unreachable', 'it is full: make room, or shorten logs.keep'];
const CLOCK: Explanation = [
  'NotConfigured',
  'the clocks of this machine and of the store are too far apart: set them (NTP), on both',
];
// Without these, two workers that write at the same time would overwrite each other's lines.
const UNKNOWN_THERE: Explanation = [
  'NotConfigured',
  'it does not know this kind of request; Purser needs conditional writes (If-None-Match, If-Match), multipart uploads and their lists: take a newer version of the store or another one, or archive.folder',
];
const NO_REGION: Explanation = [
  'NotConfigured',
  'there is no region: set archive.s3.region or AWS_REGION (us-east-1 does for most stores that are not AWS)',
];

const ENDED: Explanation = [
  'CredentialsUnavailable',
  'its credentials have ended: renew what the AWS SDK takes them from (AWS_SESSION_TOKEN with its keys, a profile, web identity)',
];
const PASSING: Explanation = [
  'Unreachable',
  'it was too slow, or the object is being changed by others',
];

const BY_NAME: Readonly<Record<string, Explanation>> = {
  NoSuchBucket: ['NotConfigured', 'there is no such bucket: check archive.s3, or make the bucket'],
  PermanentRedirect: ['NotConfigured', 'the bucket is in another region: set archive.s3.region'],
  AuthorizationHeaderMalformed: ['NotConfigured', 'the region is wrong: set archive.s3.region'],
  CredentialsProviderError: [
    'NotConfigured',
    'no credentials were found: give them as the AWS SDK looks for them (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, web identity, an instance role), never in purser.yaml',
  ],
  RequestTimeTooSkewed: CLOCK,
  RequestExpired: CLOCK,
  NotImplemented: UNKNOWN_THERE,
  QuotaExceeded: FULL,
  StorageQuotaExceeded: FULL,
  XMinioStorageFull: FULL,
  XMinioAdminBucketQuotaExceeded: FULL,
  ExpiredToken: ENDED,
  ExpiredTokenException: ENDED,
  TokenRefreshRequired: ENDED,
  InvalidToken: [
    'Forbidden',
    'the session token of its credentials is not valid: look at AWS_SESSION_TOKEN',
  ],
  StorageFull: FULL,
  RequestTimeout: PASSING,
  TemporaryRedirect: [
    'Unreachable',
    'the bucket is not known everywhere yet, as after it was made: set archive.s3.region, or wait',
  ],
  InvalidAccessKeyId: ['Forbidden', 'the access key is unknown there'],
  SignatureDoesNotMatch: ['Forbidden', 'the secret key is wrong'],
};

const DENIED: Explanation = [
  'Forbidden',
  'permission is denied: Purser needs s3:GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListBucket and ListBucketMultipartUploads',
];

function explain(place: string, tried: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PurserError || error instanceof RangeError) {
    return error;
  }
  if (error.name === 'AbortError') return error;
  const status = statusOf(error);
  const code = codeOf(error);
  const known = explanationByName(error);
  // Neither an answer of the server nor a lost connection: the error came from the content.
  if (status === undefined && code === '' && known === undefined) return error;
  const [type, meaning] = known ?? explanationByStatus(status);
  return new PurserError(
    type,
    `archive ${place}: could not ${tried}: ${meaning} (${s3ErrorText(error)})`,
    { cause: error },
  );
}

/** The useful parts of an error: status, code and message. */
export function s3ErrorText(error: Error): string {
  const { name } = error;
  const text = [statusOf(error), name === 'Error' ? codeOf(error) : name, messageOf(error)]
    .filter((part) => part !== undefined && part !== '' && !NAMELESS.test(String(part)))
    .join(' ');
  return NAMELESS.test(name) ? `${text}, without a code` : text;
}

// The SDK's name for an answer without a code: an empty one, or a page of HTML.
const NAMELESS = /^(?:Unknown|UnknownError)$/;

// The SDK shows its own parser's error for an answer that is not XML, such as the page of a proxy or front.
function messageOf({ message }: Error): string {
  return message.includes('Deserialization error')
    ? 'its answer is no XML: a proxy or something else in front of the store may have given it'
    : message.slice(0, 200);
}

// Only the SDK's search for credentials opens files here; archive.s3.ca has been read by then.
function explanationOfFile(error: Error): Explanation | undefined {
  if (!('syscall' in error && error.syscall === 'open' && 'path' in error)) return undefined;
  return [
    'NotConfigured',
    `the file ${String(error.path)}, which the credentials are to be read from, cannot be read: look at AWS_WEB_IDENTITY_TOKEN_FILE and the profile`,
  ];
}

/** The explanation of an error by its name; undefined if only its status helps. */
export function explanationByName(error: Error): Explanation | undefined {
  // The SDK gives this error no name of its own.
  if (error.message === 'Region is missing') return NO_REGION;
  const flaw = certificateFlawOf(error);
  if (flaw === undefined) return BY_NAME[error.name] ?? explanationOfFile(error);
  const advice =
    flaw === 'unknown-issuer'
      ? 'name the CA that signed it as archive.s3.ca'
      : CERTIFICATE_ADVICE[flaw];
  return ['Unreachable', `${CERTIFICATE_FLAWS[flaw]}: ${advice}`];
}

const CHECK_BUCKET = 'check archive.s3.endpoint, region and bucket';
const BUSY: Explanation = ['Unreachable', 'it is not available at the moment'];

const BY_STATUS: Readonly<Record<number, Explanation>> = {
  401: DENIED,
  403: DENIED,
  404: ['NotConfigured', `there is nothing of that name: ${CHECK_BUCKET}`],
  409: PASSING,
  412: PASSING,
  429: BUSY,
  501: UNKNOWN_THERE,
  507: FULL,
};

function explanationByStatus(status: number | undefined): Explanation {
  if (status === undefined) {
    return ['Unreachable', 'it does not answer: check archive.s3.endpoint, proxy and CA'];
  }
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return BUSY;
  if (status < 400) return ['NotConfigured', `it redirects: ${CHECK_BUCKET}`];
  return ['NotConfigured', 'it refuses the request: check archive.s3'];
}

/** The HTTP status of an error that the SDK made of an answer. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) {
    return undefined;
  }
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
