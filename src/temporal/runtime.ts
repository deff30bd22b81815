import { Runtime } from '@temporalio/worker';
import type { Logger } from '@temporalio/worker';
import { errorMessage, PurserError } from '../domain/errors.ts';
import { buckets } from './meters.ts';

let isInstalled = false;

/**
 * Sends the SDK's own logs to `logger`, and serves metrics at `metricsAddress` (`/metrics`): those of
 * the SDK (`temporal_*`) and Purser's own (docs/metrics.md). Once a process: the SDK allows only
 * one. Throws `NotConfigured` for an address that cannot be bound.
 */
export function installRuntime(logger: Logger, metricsAddress: string | undefined): void {
  if (isInstalled) return;
  try {
    Runtime.install({
      logger,
      // Purser stops its workers itself: it may have started more than one.
      shutdownSignals: [],
      telemetryOptions: {
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(metricsAddress === undefined ? {} : { metrics: exporter(metricsAddress) }),
      },
    });
  } catch (error) {
    const reason = errorMessage(error);
    throw new PurserError(
      'NotConfigured',
      `metrics cannot be served at ${metricsAddress ?? 'no address'}: ${reason}; each worker process needs an address of its own: see worker.metrics.address in purser.yaml`,
      { cause: error },
    );
  }
  isInstalled = true;
}

function exporter(bindAddress: string) {
  return {
    prometheus: {
      bindAddress,
      // Base units and suffixes as Prometheus recommends (https://prometheus.io/docs/practices/naming/).
      useSecondsForDurations: true,
      unitSuffix: true,
      histogramBucketOverrides: buckets(),
    },
  };
}
