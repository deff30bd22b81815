import type { ChildProcess } from 'node:child_process';
import type { Report, Request } from './protocol.ts';

type Answer = Exclude<Report, { type: 'died' | 'ready' | 'failed' }>;
interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface Requests {
  /** Sends a request under a fresh id and waits for its answer; a failure reported for it rejects. */
  readonly ask: (message: (id: number) => Request) => Promise<Answer>;
  readonly settle: (told: Answer | Extract<Report, { type: 'failed' }>) => void;
  readonly failAll: (error: Error) => void;
}

export function createRequests(child: ChildProcess): Requests {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  return {
    ask: (message) => {
      const id = (lastId += 1);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send(message(id), (error) => {
          if (error !== null) reject(error);
        });
      });
    },
    settle: (told) => {
      const waiter = waiting.get(told.id);
      waiting.delete(told.id);
      if (told.type === 'failed') waiter?.reject(new Error(told.message));
      else waiter?.resolve(told);
    },
    failAll: (error) => {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}
