import type { AuditAction } from './parse-event.ts';
import { createLayerCounter } from './count/layers.ts';
import { createPullCounter, isPull } from './count/pulls.ts';
import { createPushCounter, isPush } from './count/pushes.ts';
import { createRefusalCounter, isRefusal } from './count/refusals.ts';

/** What never counts by itself. */
export type Uncounted = 'ask' | 'ask-list' | 'pull-list' | 'push-list';

/** Something that counts, after the requests that belong together were taken for one. */
export interface CountedEvent {
  readonly deed: Exclude<AuditAction, Uncounted>;
  /** Epoch milliseconds, of the first request and of the last. */
  readonly at: number;
  readonly last: number;
  readonly reference: number;
  /** 0 for what was had, or pushed, as a part of something that counts. */
  readonly count: number;
  readonly requests: number;
}

/** An act as the index holds it: its texts by number. `isDigest` is about the reference. */
export interface Request {
  readonly deed: AuditAction;
  readonly at: number;
  readonly last: number;
  readonly reference: number;
  readonly isDigest: boolean;
  readonly size: number;
  readonly requests: number;
}

export type Count = (counted: CountedEvent) => void;

/**
 * Takes requests of one user from one address on one repository, in the order of time, and says what
 * counts: a pull once, however many requests it took, and so a push. The rules are in `count/`. What is
 * taken for a part of something else is told, too, with a count of 0: nothing is lost by a wrong guess.
 */
export function createCounter(count: Count) {
  const layers = createLayerCounter(count);
  const pulls = createPullCounter(count);
  const pushes = createPushCounter(count);
  const refusals = createRefusalCounter(count);
  return {
    take: (request: Request): void => {
      const { deed, at, last, reference, requests } = request;
      if (isPull(deed)) {
        if (deed === 'pull' || deed === 'pull-list') layers.manifest(request);
        pulls.take(request, deed);
      } else if (isPush(deed)) pushes.take(request, deed);
      else if (isRefusal(deed)) refusals.take(request, deed);
      else if (deed === 'pull-layers') layers.take(request);
      else count({ deed, at, last, reference, requests, count: 1 });
    },
    finish: (): void => {
      layers.finish();
      pushes.finish();
      refusals.finish();
    },
  };
}
