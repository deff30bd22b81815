import type { Blob } from './blobs.ts';
import { digestOf, drain } from './wire/body.ts';
import { corrupted, fronted, RegistryFailure } from './failure.ts';
import type { RegistryOperation } from './failure.ts';
import { pathOf } from './wire/names.ts';
import { pathAtOrigin } from './wire/origin.ts';
import type { RegistryResponse } from './wire/response.ts';
import type { Caller } from './wire/transport.ts';

/** An upload that was begun. `path` (with its state) is at the registry's own origin. */
export interface Upload {
  readonly repository: string;
  readonly path: string;
}

/** See `RegistrySession.startUpload`. */
export async function startUpload(
  { origin, call }: Caller,
  repository: string,
  signal: AbortSignal,
): Promise<Upload> {
  const tried = pathOf({ method: 'POST', origin }, repository, 'blobs/uploads/');
  const ask = { method: 'POST', path: tried.path, expect: [202], signal } as const;
  return call(ask, async (answer) => {
    const path = await readUploadPath(answer, tried);
    if (answer.headers['docker-upload-uuid'] !== undefined) return { repository, path };
    throw fronted(tried, '202, but without Docker-Upload-UUID', { status: 202 });
  });
}

/** See `RegistrySession.cancelUpload`. An upload that is gone already is as good as cancelled. */
export async function cancelUpload(
  { call }: Caller,
  { path }: Upload,
  signal: AbortSignal,
): Promise<void> {
  try {
    await call({ method: 'DELETE', path, expect: [202, 204], signal }, drain);
  } catch (error) {
    const isGone = error instanceof RegistryFailure && error.code === 'BLOB_UPLOAD_UNKNOWN';
    if (!isGone) throw error;
  }
}

/** See `RegistrySession.putBlob`. Three requests, as podman sends them, so that a proof tries the same. */
export async function putBlob(
  caller: Caller,
  repository: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Blob> {
  const digest = digestOf(bytes);
  let upload = await startUpload(caller, repository, signal);
  try {
    upload = await sendBytes(caller, upload, bytes, signal);
    await finishUpload(caller, upload, digest, signal);
  } catch (error) {
    await abandonUpload(caller, upload);
    throw error;
  }
  return { digest, size: bytes.length };
}

function sendBytes(
  { origin, call }: Caller,
  { repository, path }: Upload,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Upload> {
  const tried = operationAt('PATCH', path, origin);
  const headers = { 'content-type': 'application/octet-stream' };
  const ask = {
    method: 'PATCH',
    path,
    headers,
    body,
    expect: [202],
    signal,
    isBlob: true,
  } as const;
  return call(ask, async (answer) => ({ repository, path: await readUploadPath(answer, tried) }));
}

function finishUpload(
  { origin, call }: Caller,
  { path }: Upload,
  digest: string,
  signal: AbortSignal,
): Promise<void> {
  const tried = operationAt('PUT', path, origin);
  const withDigest = `${path}${path.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  const ask = { method: 'PUT', path: withDigest, expect: [201], signal, isBlob: true } as const;
  return call(ask, async (answer) => {
    await drain(answer);
    const named = answer.headers['docker-content-digest'];
    if (named === undefined) {
      throw fronted(tried, '201, but without Docker-Content-Digest', { status: 201 });
    }
    if (named === digest) return;
    throw corrupted(tried, `stored as ${[named].flat().join()} in place of ${digest}`);
  });
}

/** Leaves nothing behind if possible; the caller gets the first error. */
async function abandonUpload(caller: Caller, upload: Upload): Promise<void> {
  // A signal of its own: the caller's may be the reason why the upload is abandoned.
  const signal = AbortSignal.timeout(ABANDON_WITHIN_MS);
  await cancelUpload(caller, upload, signal).catch(() => {});
}

const ABANDON_WITHIN_MS = 5_000;

async function readUploadPath(answer: RegistryResponse, tried: RegistryOperation): Promise<string> {
  await drain(answer);
  return pathAtOrigin(answer.headers.location, tried);
}

function operationAt(method: string, path: string, origin: string): RegistryOperation {
  return { method, path: path.split('?', 1)[0] ?? '/', origin };
}
