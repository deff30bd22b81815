import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { codeOf } from '../../../src/domain/wire/no-response.ts';

// The archive and the API server answer several at once; neither should notice a sweep.
const AT_ONCE = 8;

/** Runs an act for each item, a few at a time, with the item's number from 1. */
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
 * Why one thing cannot be judged, where that is its own doing: a name that the archive cannot keep
 * anything under, an id that Temporal does not take. What is the matter with the archive, Temporal or
 * the cluster as a whole is thrown on, and the sweep is tried again.
 */
export function describeOwnFault(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof Error)) throw error;
  const isName = error instanceof RangeError || error instanceof URIError;
  if (isName || OWN_CODES.includes(codeOf(error)) || isRefusedId(error)) return error.message;
  throw error;
}

// Of the file system and of Node: the name is what is wrong, and no other has it.
const OWN_CODES: readonly string[] = ['ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE', 'EILSEQ'];
// gRPC's status codes (grpc.io, "Status codes and their use in gRPC").
const GRPC_INVALID_ARGUMENT = 3;

function isRefusedId(error: Error): boolean {
  return [error, error.cause].some(
    (each) => each instanceof Error && 'code' in each && each.code === GRPC_INVALID_ARGUMENT,
  );
}

/**
 * Why the API server did not do it, where it said so: one thing that it refuses keeps a sweep from no
 * other. Whatever may pass by itself is thrown on, and the sweep is tried again.
 */
export function describeRefusal(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof ClusterFailure) || error.status === undefined) throw error;
  if (error.status === 409) return 'it has changed meanwhile; the next sweep looks again';
  if (error.status === 429 || error.status >= 500) throw error;
  return error.message;
}
