import { backendError, pickHeaders, withoutWords } from './backend.ts';
import type { BackendAnswer } from './backend.ts';
import { errorsReply } from '../wire/errors.ts';
import type { RegistryError, Reply } from '../wire/reply.ts';
import type { Authorised, FrontServices } from '../wire/handling.ts';
import { timed } from '../telemetry/metrics.ts';
import { originOf } from '../wire/origin.ts';
import { emptyReply } from '../wire/reply.ts';
import { isDigest } from '../wire/routes.ts';
import { storageFullReply } from './storage-full.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** The file that marks an upload: it holds the time of its start. */
const STARTED = 'StorageDriver.GetContent';

/** What the registry and its storage driver do at each method of an upload. */
const DOINGS: Readonly<
  Record<Method, { readonly operations: readonly string[]; readonly storage: readonly string[] }>
> = {
  GET: { operations: ['BlobStore.Resume'], storage: [STARTED, 'StorageDriver.Writer'] },
  HEAD: { operations: ['BlobStore.Resume'], storage: [STARTED, 'StorageDriver.Writer'] },
  POST: {
    operations: ['BlobStore.Create'],
    storage: ['StorageDriver.PutContent', 'StorageDriver.Writer', 'FileWriter.Close'],
  },
  PATCH: {
    operations: ['BlobStore.Resume'],
    storage: [STARTED, 'StorageDriver.Writer', 'FileWriter.Write', 'FileWriter.Close'],
  },
  PUT: {
    operations: ['BlobStore.Resume', 'BlobWriter.Commit'],
    storage: [STARTED, 'StorageDriver.Writer', 'FileWriter.Commit', 'StorageDriver.Move'],
  },
  DELETE: {
    operations: ['BlobStore.Resume', 'BlobWriter.Cancel'],
    storage: [STARTED, 'StorageDriver.Delete'],
  },
};

const ANSWERED = ['Docker-Content-Digest', 'Docker-Upload-UUID', 'Range'];
const ASKED = ['content-length', 'content-range', 'content-type'] as const;

/**
 * POST, PATCH, PUT, GET and DELETE of blob uploads: streamed to the backend; Locations point to the front.
 */
export async function upload(services: FrontServices, exchange: Authorised): Promise<Reply> {
  const { backend, faults, metrics } = services;
  const method = methodOf(exchange.method);
  const broken = brokenWrite(services, method);
  if (broken !== undefined) {
    return broken;
  }
  const { operations, storage } = DOINGS[method];
  const answer = await operations.reduce(
    (run, operation) => () => timed(metrics, operation, run),
    () =>
      backend.request({
        method,
        path: pathOf(exchange),
        headers: headersOf(exchange),
        ...(hasBody(exchange) ? { body: exchange.request } : {}),
        signal: exchange.signal,
        storage,
      }),
  )();
  noteCommit(services, exchange, answer);
  if (answer.statusCode >= 400) {
    return backendError(answer, uploadErrorDetail);
  }
  await answer.body.dump();
  const { Location: location } = pickHeaders(answer, ['Location']);
  const headers = pickHeaders(answer, ANSWERED);
  if (location === undefined) {
    return emptyReply(answer.statusCode, headers);
  }
  const { pathname, search } = new URL(location, 'http://backend');
  const origin = faults.current.location ?? originOf(exchange.request.headers);
  return emptyReply(answer.statusCode, { ...headers, Location: `${origin}${pathname}${search}` });
}

function methodOf(method: string): Method {
  return Object.hasOwn(DOINGS, method) ? (method as Method) : 'GET';
}

function brokenWrite({ faults, metrics }: FrontServices, method: Method): Reply | undefined {
  if (method !== 'POST' && method !== 'PATCH' && method !== 'PUT') {
    return undefined;
  }
  const { uploadStatus, storageFull } = faults.current;
  if (storageFull === true) {
    return storageFullReply(
      metrics,
      method === 'POST' ? 'StorageDriver.PutContent' : 'FileWriter.Write',
    );
  }
  return uploadStatus === undefined
    ? undefined
    : errorsReply(uploadStatus, [{ code: 'UNKNOWN', message: 'unknown error', detail: {} }]);
}

/** A mount whose source the caller may not pull becomes an ordinary upload (facts 1.6, 10.3). */
function pathOf({ request, path, mountRefused }: Authorised): string {
  return mountRefused ? path : (request.url ?? path);
}

function headersOf({ request }: Authorised): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ASKED) {
    const value = request.headers[name];
    if (value !== undefined) {
      headers[name] = value;
    }
  }
  return headers;
}

function hasBody({ request }: Authorised): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0
  );
}

const WORDLESS = new Set(['BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'DIGEST_INVALID']);
/** The two digest errors that are not Go errors. */
const WORDS = new Set<unknown>(['digest missing', 'digest parsing failed']);

function uploadErrorDetail(error: RegistryError): RegistryError {
  return WORDLESS.has(error.code) && !WORDS.has(error.detail) ? withoutWords(error) : error;
}

/**
 * A commit closes its writer twice, and after a wrong digest it cancels a closed writer. The registry
 * counts an UNKNOWN each time (openshift-facts.md 2.2, 11.1).
 */
function noteCommit(
  { metrics, memory }: FrontServices,
  { method, query, caller }: Authorised,
  { statusCode, headers }: BackendAnswer,
): void {
  if (method !== 'PUT') {
    return;
  }
  if (statusCode === 201) {
    metrics.storageError('FileWriter.Close', 'UNKNOWN');
    const digest = String(headers['docker-content-digest']);
    memory.committed.add(digest);
    memory.pruned.delete(digest);
  }
  if (statusCode === 400 && isDigest(query.get('digest') ?? '')) {
    metrics.storageError('FileWriter.Cancel', 'UNKNOWN');
    caller.error('error canceling upload after error: already closed');
  }
}
