import type { Backend } from '../content/backend.ts';
import type { Cluster, Credentials } from '../cluster.ts';
import type { Exchange } from './exchange.ts';
import type { FaultState } from '../faults.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Memory } from '../content/memory.ts';
import type { Streams } from '../content/streams.ts';

/** The services that every handler uses. */
export interface FrontServices {
  readonly backend: Backend;
  readonly cluster: Cluster;
  readonly faults: FaultState;
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
