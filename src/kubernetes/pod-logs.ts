import { path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';
import { ClusterFailure, isNotFound } from './api/failure.ts';

/** A container's log, and which part of it. */
export interface LogCall {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The run before the present one. */
  readonly previous: boolean;
  /** RFC 3339, whole seconds: the API drops what is smaller. */
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
  /** Continues with the lines that are still to be written; then a pause is no failure. */
  readonly follow?: boolean | undefined;
}

// A kubelet that sends an existing file does not pause for so long.
const IDLE_MS = 60_000;

/**
 * Opens a container's log, with a time before each line. undefined if there is none (any more): the
 * pod is gone, the container has not started, or its previous run was cleaned up. Needs `get` on
 * pods/log. Throws a ClusterFailure.
 */
export async function openPodLog(
  cluster: Cluster,
  call: LogCall,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { namespace, pod, container, previous, sinceTime, tailLines, follow = false } = call;
  try {
    return await cluster.stream({
      path: path('api', 'v1', 'namespaces', namespace, 'pods', pod, 'log'),
      query: {
        container,
        timestamps: 'true',
        ...(previous ? { previous: 'true' } : {}),
        ...(follow ? { follow: 'true' } : {}),
        ...(sinceTime === undefined ? {} : { sinceTime }),
        ...(tailLines === undefined ? {} : { tailLines: String(tailLines) }),
      },
      idleMs: follow ? 0 : IDLE_MS,
      signal,
    });
  } catch (error) {
    if (isNotFound(error) || isWithoutLog(error)) return undefined;
    throw error;
  }
}

// The kubelet answers 400 for a container without a log, with several messages.
function isWithoutLog(error: unknown): boolean {
  return (
    error instanceof ClusterFailure &&
    error.status === 400 &&
    /previous terminated container|waiting to start|is terminated|not available|is not valid for pod|ContainerCreating|PodInitializing/.test(
      error.message,
    )
  );
}
