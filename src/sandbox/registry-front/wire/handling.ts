import type { Backend } from '../content/backend.ts';
import type { Cluster, Credentials } from '../cluster.ts';
import type { Exchange } from './exchange.ts';
import type { FaultBox } from '../faults.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Streams } from '../content/streams.ts';

/** What every handler works with. */
export interface Means {
  readonly backend: Backend;
  readonly cluster: Cluster;
  readonly faults: FaultBox;
  readonly metrics: Metrics;
  readonly streams: Streams;
}

/** A request that was authorised; `log` carries the caller. */
export interface Authorised extends Exchange {
  readonly as: Credentials;
  readonly mountRefused: boolean;
}
