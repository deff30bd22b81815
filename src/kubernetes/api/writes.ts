import type { Cluster } from './cluster.ts';
import { ClusterFailure } from './failure.ts';

/** A cluster whose writes are watched. */
export interface WatchedWrites {
  readonly cluster: Cluster;
  /**
   * Whether the result of a write is unknown: it had no answer (a timeout, a broken connection, an aborted
   * call), or a 5xx. It may still take effect later.
   */
  readonly areUnanswered: () => boolean;
}

export function watchWrites(cluster: Cluster): WatchedWrites {
  let unanswered = false;
  const watched = async <T>(method: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      if (method !== 'GET' && !isAnswered(error)) unanswered = true;
      throw error;
    }
  };
  return {
    cluster: {
      ...cluster,
      call: (schema, asked) => watched(asked.method, () => cluster.call(schema, asked)),
      find: (schema, asked) => watched(asked.method, () => cluster.find(schema, asked)),
    },
    areUnanswered: () => unanswered,
  };
}

function isAnswered(error: unknown): boolean {
  return error instanceof ClusterFailure && error.status !== undefined && error.status < 500;
}
