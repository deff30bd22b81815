import { Client, Connection } from '@temporalio/client';
import type { TemporalAddress } from './address.ts';
import { dataConverter } from '../data-converter.ts';

interface ProbeOptions {
  /** Milliseconds for all calls together. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/**
 * Checks that Temporal answers, accepts the credentials and knows the namespace; `also` may check more. Throws
 * the error of the failing call (see `classifyRefusal`), or the signal's reason. It does not retry: the SDK's own
 * retries would end with a deadline and hide the error.
 */
export async function probe(
  { options, namespace }: TemporalAddress,
  { withinMs, signal }: ProbeOptions,
  also: (client: Client) => Promise<void> = async () => {},
): Promise<void> {
  signal.throwIfAborted();
  const connection = Connection.lazy({ ...options, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + withinMs, () =>
      connection.withAbortSignal(signal, async () => {
        await connection.workflowService.getSystemInfo({});
        await connection.workflowService.describeNamespace({ namespace });
        await also(new Client({ connection, namespace, dataConverter }));
      }),
    );
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    await connection.close();
  }
}
