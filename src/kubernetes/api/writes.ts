import type { Cluster } from './cluster.ts';
import { ClusterFailure } from './failure.ts';

/** A cluster whose writes are watched. */
export interface WatchedWrites {
  readonly cluster: Cluster;
  /**
   * Whether a write had no answer that settles it: none at all (a timeout, a connection that broke, a
   * caller that went away), or a 5xx, behind which it may still be under way. It may arrive later.
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
