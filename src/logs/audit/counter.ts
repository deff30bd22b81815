import type { Count } from './count/counted.ts';
import type { Request } from './count/counted.ts';
import { createLayerCounter } from './count/layers.ts';
import { createPullCounter, isPull } from './count/pulls.ts';
import { createPushCounter, isPush } from './count/pushes.ts';
import { createRefusalCounter, isRefusal } from './count/refusals.ts';

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
