import { PurserError } from '../domain/errors.ts';
import type { FailureType } from '../domain/errors.ts';
import { codeOf } from '../domain/silence.ts';

/** Runs one act on a bucket; what the SDK throws becomes an error that says what to do. */
export async function explainingS3<T>(
  place: string,
  tried: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explain(place, tried, error);
  }
}

/** Whether there is no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchKey';
}

/** Whether somebody else wrote the object meanwhile. */
export function isRace(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409;
}

type Meaning = readonly [FailureType, string];

const BY_NAME: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: ['NotConfigured', 'there is no such bucket: check archive.s3, or make the bucket'],
  PermanentRedirect: ['NotConfigured', 'the bucket is in another region: set archive.s3.region'],
  AuthorizationHeaderMalformed: ['NotConfigured', 'the region is wrong: set archive.s3.region'],
  CredentialsProviderError: [
    'NotConfigured',
    'no credentials were found: give them as the AWS SDK looks for them (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, web identity, an instance role), never in purser.yaml',
  ],
  InvalidAccessKeyId: ['Forbidden', 'the access key is unknown there'],
  SignatureDoesNotMatch: ['Forbidden', 'the secret key is wrong'],
};

const DENIED: Meaning = [
  'Forbidden',
  'permission is denied: Purser needs s3:GetObject, PutObject, DeleteObject, AbortMultipartUpload, ListBucket and ListBucketMultipartUploads',
];
const FULL: Meaning = ['Unreachable', 'it is full: make room, or shorten logs.keep'];

function explain(place: string, tried: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PurserError || error instanceof RangeError) {
    return error;
  }
  if (error.name === 'AbortError') return error;
  const status = statusOf(error);
  const code = codeOf(error);
  // Neither the server's answer nor a connection's end: it came from the content.
  if (status === undefined && code === '' && BY_NAME[error.name] === undefined) return error;
  const [type, meaning] = BY_NAME[error.name] ?? byStatus(status);
  const said = [status, error.name === 'Error' ? code : error.name, error.message.slice(0, 200)]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return new PurserError(type, `archive ${place}: could not ${tried}: ${meaning} (${said})`, {
    cause: error,
  });
}

function byStatus(status: number | undefined): Meaning {
  if (status === undefined) {
    return ['Unreachable', 'it does not answer: check archive.s3.endpoint, proxy and CA'];
  }
  if (status === 401 || status === 403) return DENIED;
  if (status === 507) return FULL;
  if (status >= 500 || status === 429) return ['Unreachable', 'it cannot serve just now'];
  return ['NotConfigured', 'it does not take the request: check archive.s3'];
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) {
    return undefined;
  }
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
