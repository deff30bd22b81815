import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { errorsReply } from '../wire/errors.ts';
import type { RegistryError, Reply } from '../wire/reply.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export type BackendAnswer = Dispatcher.ResponseData;

export interface BackendRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Buffer;
  readonly signal: AbortSignal;
  /** The storage driver's operations that a request counts as, for the metrics. */
  readonly storage: readonly string[];
}

export interface Backend {
  /** Rejects if the backend cannot be reached. The body must be read or destroyed. */
  readonly request: (request: BackendRequest) => Promise<BackendAnswer>;
  readonly close: () => Promise<void>;
}

const CONNECTIONS = 64;
/** The operations that find out that an object is missing (openshift-facts.md 11.1). */
const LOOKS = new Set(['StorageDriver.GetContent', 'StorageDriver.Stat', 'StorageDriver.Delete']);

/** The plain distribution registry that holds the content. */
export function openBackend(origin: string, metrics: Metrics): Backend {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  return {
    request: async ({ storage, headers = {}, body = null, ...rest }) => {
      const start = performance.now();
      const answer = await pool.request({ ...rest, headers, body });
      const seconds = (performance.now() - start) / 1000;
      for (const operation of storage) {
        metrics.storage(operation, seconds);
        if (answer.statusCode === 404 && LOOKS.has(operation)) {
          metrics.storageError(operation, 'PATH_NOT_FOUND');
        }
      }
      return answer;
    },
    close: () => pool.destroy(),
  };
}

const bodySchema = z.object({
  errors: z.array(
    z.object({ code: z.string(), message: z.string(), detail: z.unknown().optional() }),
  ),
});

/**
 * The backend's error as the front's own: both are distribution, and their errors differ only in what
 * `translate` changes.
 */
export async function backendError(
  answer: BackendAnswer,
  translate: (error: RegistryError) => RegistryError = (error) => error,
): Promise<Reply> {
  const parsed = bodySchema.safeParse(await answer.body.json().catch(() => undefined));
  const errors = parsed.data?.errors ?? [{ code: 'UNKNOWN', message: 'unknown error' }];
  return errorsReply(answer.statusCode, errors.map(translate));
}

/**
 * An error whose detail is a Go error. The integrated registry's older distribution prints it as the JSON
 * of its fields, and most have none (openshift-facts.md 11.1). The log has its text.
 */
export function withoutWords(error: RegistryError, fields: object = {}): RegistryError {
  return {
    ...error,
    detail: fields,
    printed: typeof error.detail === 'string' ? error.detail : error.message,
  };
}

/** The named headers of an answer that are there, as they came. */
export function pickHeaders(
  answer: BackendAnswer,
  names: readonly string[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = answer.headers[name.toLowerCase()];
    if (value !== undefined) {
      picked[name] = String(value);
    }
  }
  return picked;
}
