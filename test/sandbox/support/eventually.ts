import { until } from '../../../sandbox/wait.ts';

/**
 * Waits until the condition holds; after `deadlineMs` it fails and names the condition. The deadline
 * allows for a busy machine; it is no performance requirement.
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
