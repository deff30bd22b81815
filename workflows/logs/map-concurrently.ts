import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Runs `act` for each item, `atOnce` at a time. Resolves to the results in the items' order. The first failure
 * cancels the others, and is thrown when they have ended.
 */
export async function mapConcurrently<T, R>(
  atOnce: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  return CancellationScope.cancellable(() => runAll(atOnce, items, act));
}

async function runAll<T, R>(
  atOnce: number,
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const scope = CancellationScope.current();
  const results: R[] = [];
  const waiting = [...items.entries()];
  const work = async () => {
    for (
      let next = waiting.shift();
      next !== undefined && !scope.consideredCancelled;
      next = waiting.shift()
    ) {
      const [index, item] = next;
      results[index] = await act(item);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, () =>
    work().catch((error: unknown) => {
      scope.cancel();
      throw error;
    }),
  );
  // Wait for all before the first failure is thrown: nothing may run on after the caller has gone on.
  const ended = await Promise.allSettled(workers);
  const failures = ended.filter((each) => each.status === 'rejected').map(({ reason }) => reason);
  if (failures.length > 0) throw failures.find((each) => !isCancellation(each)) ?? failures[0];
  return results;
}
