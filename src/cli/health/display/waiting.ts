import { setTimeout as sleep } from 'node:timers/promises';

// A check takes a second or two: that needs no message.
const FIRST_AFTER_MS = 5_000;
const POLL_EVERY_MS = 2_000;

/**
 * Writes to standard error what the command waits for, until `over`: first when it takes longer than it
 * should, then whenever the answer changes.
 */
export async function describeWhatIsAwaited(
  look: () => Promise<string | undefined>,
  over: AbortSignal,
): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal: over }).catch(() => {});
  let told: string | undefined;
  for (await pause(FIRST_AFTER_MS); !over.aborted; await pause(POLL_EVERY_MS)) {
    const found = await look();
    if (found === undefined || found === told || over.aborted) continue;
    told = found;
    process.stderr.write(`purser: ${found}\n`);
  }
}
