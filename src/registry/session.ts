import { getBlob, peekBlob } from './blobs.ts';
import type { Blob, BlobRef } from './blobs.ts';
import { drain } from './wire/body.ts';
import { getManifest, putManifest } from './manifests.ts';
import type { ImageManifest, NewManifest } from './manifests.ts';
import { explainRefusal } from './refusal.ts';
import { listTags, readMetricsText } from './reads.ts';
import type { Caller, Exchange, Transport } from './wire/transport.ts';
import { cancelUpload, putBlob, startUpload } from './uploads.ts';
import type { Upload } from './uploads.ts';
import { readVersionCheck } from './token.ts';

/**
 * A login at one registry. Every method throws `RegistryFailure`; a 401 on a repository is `forbidden`
 * if the registry still accepts the token at `/v2/`, else `unauthorized` (openshift-facts.md 1.3).
 * `repository` is `project/name`, `reference` a tag or a digest, `signal` ends the whole call and its
 * reason is thrown as it is.
 */
export interface RegistrySession {
  /** Whether the registry still accepts the token: 200 or 401 at `/v2/`. */
  stillLoggedIn(signal: AbortSignal): Promise<boolean>;
  /** The manifest, its bytes compared with its digest. */
  getManifest(repository: string, reference: string, signal: AbortSignal): Promise<ImageManifest>;
  /** Reads a blob to its end and compares size and digest; the bytes are not kept. */
  getBlob(repository: string, blob: BlobRef, signal: AbortSignal): Promise<Blob>;
  /** Reads the first 64 KiB of a blob, or all of a smaller one, and compares nothing. */
  peekBlob(
    repository: string,
    blob: BlobRef,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number }>;
  /** Uploads a blob: POST, one PATCH, PUT. A failed upload is cancelled. */
  putBlob(repository: string, bytes: Uint8Array, signal: AbortSignal): Promise<Blob>;
  /** Starts an upload and sends nothing: whether a push is allowed. End it with `cancelUpload`. */
  startUpload(repository: string, signal: AbortSignal): Promise<Upload>;
  cancelUpload(upload: Upload, signal: AbortSignal): Promise<void>;
  /** Puts a manifest under a tag; its blobs must be there. `quota` if the project's is used up. */
  putManifest(
    repository: string,
    tag: string,
    manifest: NewManifest,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string }>;
  listTags(repository: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The text of `/extensions/v2/metrics`, for `parseMetrics`. */
  metrics(signal: AbortSignal): Promise<string>;
}

/** See `RegistrySession`. `authorization` is a header that `/v2/` has accepted. */
export function createSession(transport: Transport, authorization: string): RegistrySession {
  const stillLoggedIn = (signal: AbortSignal): Promise<boolean> =>
    transport.exchange(
      { method: 'GET', path: '/v2/', authorization, expect: [200, 401], signal },
      async (answer) => {
        if (answer.status === 200) {
          await readVersionCheck(answer, { method: 'GET', path: '/v2/', origin: transport.origin });
          return true;
        }
        await drain(answer);
        return false;
      },
    );
  const call: Exchange = async (ask, read) => {
    try {
      return await transport.exchange({ ...ask, authorization }, read);
    } catch (error) {
      throw await explainRefusal(error, () => stillLoggedIn(ask.signal));
    }
  };
  const caller: Caller = { transport, origin: transport.origin, call };
  return {
    stillLoggedIn,
    getManifest: (...what) => getManifest(caller, ...what),
    getBlob: (...what) => getBlob(caller, ...what),
    peekBlob: (...what) => peekBlob(caller, ...what),
    putBlob: (...what) => putBlob(caller, ...what),
    startUpload: (...what) => startUpload(caller, ...what),
    cancelUpload: (...what) => cancelUpload(caller, ...what),
    putManifest: (repository, tag, manifest, signal) =>
      putManifest(caller, { repository, tag, ...manifest }, signal),
    listTags: (...what) => listTags(caller, ...what),
    metrics: (signal) => readMetricsText(caller, signal),
  };
}
