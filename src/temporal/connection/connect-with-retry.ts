import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { Logger } from '@temporalio/worker';
import type { TemporalAddress } from './address.ts';
import { probe } from './probe.ts';
import { classifyRefusal } from './refusal.ts';
import { assertSearchAttributes } from '../search-attributes.ts';

const RETRY_EVERY_MS = 2_000;

interface ConnectContext {
  readonly logger: Logger;
  /** Ends the wait at once, and throws its reason. */
  readonly signal: AbortSignal;
}

/**
 * Connects a worker. Waits without a limit if Temporal does not answer yet, as after a power cut, and for one
 * minute if the namespace does not exist yet. Throws `NotConfigured` for errors that waiting does not fix: the
 * credentials, the certificate, the search attributes.
 */
export async function connectWithRetry(
  address: TemporalAddress,
  { logger, signal }: ConnectContext,
): Promise<NativeConnection> {
  let refusedSince: number | undefined;
  for (;;) {
    try {
      await probe(address, { withinMs: RETRY_EVERY_MS, signal }, assertSearchAttributes);
      return await connectNatively(address, signal);
    } catch (error) {
      signal.throwIfAborted();
      const refusal = classifyRefusal(error, address);
      const { patienceMs, error: reason } = refusal;
      const isRefused = Number.isFinite(patienceMs);
      refusedSince = isRefused ? (refusedSince ?? Date.now()) : undefined;
      if (refusedSince !== undefined && Date.now() - refusedSince >= patienceMs) throw reason;
      logger.warn(
        isRefused ? 'Temporal still refuses the connection' : 'Temporal does not answer yet',
        {
          address: address.options.address,
          namespace: address.namespace,
          error: reason,
          ...(refusedSince === undefined
            ? {}
            : { givesUpAt: new Date(refusedSince + patienceMs).toISOString() }),
        },
      );
      await sleep(RETRY_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

// The native core takes no signal: a connection that it makes after an abort is closed.
async function connectNatively(
  { options }: TemporalAddress,
  signal: AbortSignal,
): Promise<NativeConnection> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  const connecting = NativeConnection.connect(options);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    if (signal.aborted) void connecting.then((late) => late.close()).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
