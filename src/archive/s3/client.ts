import { Agent } from 'node:https';
import type * as Sdk from '@aws-sdk/client-s3';
import type { Upload } from '@aws-sdk/lib-storage';
import { readPoolFile } from '../../net/pool.ts';
import type { Bucket } from './bucket.ts';

const CONNECT_WITHIN_MS = 5_000;
const IDLE_AT_MOST_MS = 60_000;
// The SDK's own limit, repeated because this agent replaces the SDK's.
const SOCKETS_AT_MOST = 50;

/** A client of a bucket, and the commands for it. */
export interface S3 {
  readonly client: Sdk.S3Client;
  readonly sdk: typeof Sdk;
  readonly Upload: typeof Upload;
}

/** Prepares a client. The SDK takes half a second to load, so that an archive in a folder does not load it. */
export async function connectS3(bucket: Bucket): Promise<S3> {
  const [sdk, storage] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/lib-storage'),
  ]);
  const { region, endpoint, forcePathStyle = false, ca } = bucket;
  const client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle,
    requestHandler: {
      connectionTimeout: CONNECT_WITHIN_MS,
      socketTimeout: IDLE_AT_MOST_MS,
      httpsAgent: new Agent({
        keepAlive: true,
        maxSockets: SOCKETS_AT_MOST,
        allowPartialTrustChain: true,
        ...(ca === undefined ? {} : { ca: readPoolFile(ca, 'archive.s3.ca') }),
      }),
    },
    // Many stores refuse the newer checksums, and each bundle has its own SHA-256. This setting keeps them off
    // whatever AWS_REQUEST_CHECKSUM_CALCULATION says.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { client, sdk, Upload: storage.Upload };
}
