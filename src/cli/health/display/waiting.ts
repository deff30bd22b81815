import { setTimeout as sleep } from 'node:timers/promises';

// A check takes a second or two: that needs no message.
const FIRST_AFTER_MS = 5_000;
const POLL_EVERY_MS = 2_000;

/**
 * Writes to standard error what the command waits for, until `over`: first when it takes longer than it
 * should, then whenever the answer changes.
 */
export async function reportPending(
  readPending: () => Promise<string | undefined>,
  ended: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: ended }).catch(() => {});
  let shown: string | undefined;
  for (await pause(FIRST_AFTER_MS); !ended.aborted; await pause(POLL_EVERY_MS)) {
    const found = await readPending();
    if (found === undefined || found === shown || ended.aborted) continue;
    shown = found;
    process.stderr.write(`purser: ${found}\n`);
  }
}
