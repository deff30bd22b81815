import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from '../config/schema.ts';
import { PurserError } from '../domain/errors.ts';

/** Where Temporal is, and how to be let in: what both clients and workers connect with. */
export interface TemporalAddress {
  readonly options: ReturnType<typeof loadClientConnectConfig>['connectionOptions'] & {
    readonly address: string;
  };
  readonly namespace: string;
}

/**
 * purser.yaml says where Temporal is; the environment variables that every Temporal client knows
 * (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…) win over it. Throws
 * `NotConfigured` where they cannot be read, as with a certificate's file that is not there.
 */
export function temporalAddress(temporal: Config['temporal']): TemporalAddress {
  const { connectionOptions, namespace } = fromEnvironment();
  return {
    options: { ...connectionOptions, address: connectionOptions.address ?? temporal.address },
    namespace:
      process.env['TEMPORAL_NAMESPACE'] === undefined
        ? temporal.namespace
        : (namespace ?? 'default'),
  };
}

function fromEnvironment(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new PurserError(
      'NotConfigured',
      `Temporal's settings cannot be read from TEMPORAL_… in the environment or from TEMPORAL_CONFIG_FILE: ${reason}`,
      { cause: error },
    );
  }
}
