import type { Backend } from '../content/backend.ts';
import type { Cluster, Credentials } from '../cluster.ts';
import type { Exchange } from './exchange.ts';
import type { FaultBox } from '../faults.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Memory } from '../content/memory.ts';
import type { Streams } from '../content/streams.ts';

/** What every handler works with. */
export interface Means {
  readonly backend: Backend;
  readonly cluster: Cluster;
  readonly faults: FaultBox;
  readonly memory: Memory;
  readonly metrics: Metrics;
  readonly streams: Streams;
}

/** A request that was authorised. */
export interface Authorised extends Exchange {
  readonly as: Credentials;
  /** The log with the caller's name. */
  readonly caller: Log;
  readonly mountRefused: boolean;
}
