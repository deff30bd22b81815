import type { ChildProcess } from 'node:child_process';
import type { Report, Request } from './protocol.ts';

type Reply = Exclude<Report, { type: 'exited' | 'ready' | 'failed' }>;
interface PendingRequest {
  readonly resolve: (answer: Reply) => void;
  readonly reject: (error: Error) => void;
}

export interface Requests {
  /** Sends a request with a new id and waits for its reply; rejects if the supervisor reports a failure. */
  readonly send: (message: (id: number) => Request) => Promise<Reply>;
  readonly settle: (reply: Reply | Extract<Report, { type: 'failed' }>) => void;
  readonly failAll: (error: Error) => void;
}

export function createRequests(child: ChildProcess): Requests {
  const pending = new Map<number, PendingRequest>();
  let lastId = 0;
  return {
    send: (message) => {
      const id = (lastId += 1);
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        child.send(message(id), (error) => {
          if (error !== null) reject(error);
        });
      });
    },
    settle: (reply) => {
      const request = pending.get(reply.id);
      pending.delete(reply.id);
      if (reply.type === 'failed') request?.reject(new Error(reply.message));
      else request?.resolve(reply);
    },
    failAll: (error) => {
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    },
  };
}
