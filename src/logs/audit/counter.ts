import type { Count } from './count/counted.ts';
import type { StoredRequest } from './count/counted.ts';
import { createLayerCounter } from './count/layers.ts';
import { createPullCounter, isPull } from './count/pulls.ts';
import { createPushCounter, isPush } from './count/pushes.ts';
import { createRefusalCounter, isRefusal } from './count/refusals.ts';

/**
 * Counts the requests of one user from one address on one repository, in order of time. A pull or a push
 * counts once, however many requests it took. The rules are in `count/`. A request that seems to be a part
 * of something else is reported with a count of 0: a wrong guess loses nothing.
 */
export function createCounter(count: Count) {
  const layers = createLayerCounter(count);
  const pulls = createPullCounter(count);
  const pushes = createPushCounter(count);
  const refusals = createRefusalCounter(count);
  return {
    take: (request: StoredRequest): void => {
      const { action, at, last, reference, requests } = request;
      if (isPull(action)) {
        if (action === 'pull' || action === 'pull-list') layers.manifest(request);
        pulls.take(request, action);
      } else if (isPush(action)) pushes.take(request, action);
      else if (isRefusal(action)) refusals.take(request, action);
      else if (action === 'pull-layers') layers.take(request);
      else count({ action, at, last, reference, requests, count: 1 });
    },
    finish: (): void => {
      layers.finish();
      pushes.finish();
      refusals.finish();
    },
  };
}
