import { Client, Connection } from '@temporalio/client';
import type { TemporalAddress } from './address.ts';
import { dataConverter } from '../data-converter.ts';

interface ProbeOptions {
  /** Milliseconds for all calls together. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks Temporal whether it is there, lets this configuration in and knows the namespace; `also` may ask
 * more. Throws what the failing call threw (refusal.ts judges it), or the signal's reason. Tries nothing
 * again: the SDK's own attempts would end with a deadline and hide what was wrong.
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
