import { Connection } from '@temporalio/client';
import { until } from '../wait.ts';

export interface TemporalReadyOptions {
  readonly address: string;
  readonly searchAttributes: readonly string[];
  readonly signal: AbortSignal;
  readonly logFile: string;
}

/** Waits until the server answers and the namespace `default` has the search attributes. */
export async function temporalReady(options: TemporalReadyOptions): Promise<void> {
  const { address, searchAttributes, signal, logFile } = options;
  const check = async (): Promise<true | undefined> => {
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      return searchAttributes.every((name) => name in (customAttributes ?? {})) ? true : undefined;
    } finally {
      await connection.close();
    }
  };
  await until({
    what: `Temporal on ${address} and its search attributes ${searchAttributes.join(', ')}`,
    check,
    deadlineMs: 60_000,
    signal,
    hint: `Its log is ${logFile}`,
  });
}
