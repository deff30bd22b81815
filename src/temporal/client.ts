import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config/schema.ts';
import { PurserError } from '../domain/errors.ts';
import { temporalAddress } from './address.ts';

const CONNECT_WITHIN_MS = 5_000;

/** A client of Temporal; the caller closes its connection. Throws `Unreachable`, naming the address. */
export async function connectClient(temporal: Config['temporal']): Promise<Client> {
  const { options, namespace } = temporalAddress(temporal);
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_WITHIN_MS });
    return new Client({ connection, namespace });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new PurserError(
      'Unreachable',
      `Temporal does not answer at ${options.address} (${reason}); start it, or set temporal.address in purser.yaml or TEMPORAL_ADDRESS`,
      { cause: error },
    );
  }
}
