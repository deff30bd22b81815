import type { Cursor } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import type { Limits } from './limits.ts';
/** What is asked of the log API, always with times. `sinceTime` is a whole second. */
export interface LogRequest {
  readonly sinceTime?: string;
  readonly tailLines?: number;
}

/**
 * Opens the log of one run. Resolves to undefined where it is not there any more (the pod or its
 * former run is gone, or has not begun).
 */
export type OpenLog = (
  request: LogRequest,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array> | undefined>;

export interface ReadRunOptions {
  readonly open: OpenLog;
  /** Where the last bundle ended; absent for a run that was never read. */
  readonly cursor?: Cursor | undefined;
  /** RFC 3339: from when on a run without a cursor is read; absent for all there is. */
  readonly since?: string | undefined;
  /** RFC 3339: when the run began, where that is known. */
  readonly startedAt?: string | undefined;
  /** RFC 3339: when this collection began; lines later than that are taken where they come along. */
  readonly until: string;
  /** Whether the run has ended: then a last line without a line feed is a line. */
  readonly hasEnded: boolean;
  readonly limits: Limits;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Whether trying again may help. */
  readonly mayPass: (error: unknown) => boolean;
}
