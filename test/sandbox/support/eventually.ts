import { until } from '../../../sandbox/wait.ts';

/**
 * Waits until the condition holds; fails after `deadlineMs` naming what never came. The deadline is for a
 * busy machine: it is no claim about how fast anything is.
 */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const { signal } = new AbortController();
  await until({
    what,
    check: async () => ((await holds()) ? true : undefined),
    deadlineMs,
    signal,
  });
}
