import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { codeOf } from '../../../src/domain/wire/no-response.ts';

// A few at a time, so that a sweep is no load for the archive and the API server.
const AT_ONCE = 8;

/** Runs an action for each item, a few at a time, with the item's number from 1. */
export async function forEachConcurrently<T>(
  items: readonly T[],
  action: (item: T, number: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      // One after the other: that is what limits them
      await action(next[1], next[0] + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/**
 * Why one object cannot be checked, if the object itself is the cause: a name that the archive cannot
 * store, or an id that Temporal rejects. A failure of the archive, of Temporal or of the cluster is
 * thrown, and the sweep is retried.
 */
export function describeOwnFault(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof Error)) throw error;
  const isName = error instanceof RangeError || error instanceof URIError;
  if (isName || OWN_CODES.includes(codeOf(error)) || isRefusedId(error)) return error.message;
  throw error;
}

// Of the file system and of Node: the name is invalid, and other objects are not affected.
const OWN_CODES: readonly string[] = ['ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE', 'EILSEQ'];
// gRPC's status codes (grpc.io, "Status codes and their use in gRPC").
const GRPC_INVALID_ARGUMENT = 3;

function isRefusedId(error: Error): boolean {
  return [error, error.cause].some(
    (each) => each instanceof Error && 'code' in each && each.code === GRPC_INVALID_ARGUMENT,
  );
}

/**
 * The API server's refusal, as a text: a refusal for one object does not stop the sweep of the others.
 * A temporary failure is thrown, and the sweep is retried.
 */
export function describeRefusal(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof ClusterFailure) || error.status === undefined) throw error;
  if (error.status === 409) return 'it has changed meanwhile; the next sweep checks it again';
  if (error.status === 429 || error.status >= 500) throw error;
  return error.message;
}
