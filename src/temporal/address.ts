import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from '../config/schema.ts';

/** Where Temporal is, and how to be let in: what both clients and workers connect with. */
export interface TemporalAddress {
  readonly options: ReturnType<typeof loadClientConnectConfig>['connectionOptions'] & {
    readonly address: string;
  };
  readonly namespace: string;
}

/**
 * purser.yaml says where Temporal is; the environment variables that every Temporal client knows
 * (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…) win over it.
 */
export function temporalAddress(temporal: Config['temporal']): TemporalAddress {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return {
    options: { ...connectionOptions, address: connectionOptions.address ?? temporal.address },
    namespace:
      process.env['TEMPORAL_NAMESPACE'] === undefined
        ? temporal.namespace
        : (namespace ?? 'default'),
  };
}
