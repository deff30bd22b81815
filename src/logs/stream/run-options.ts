import type { Cursor } from '../manifest.ts';
import type { Redactor } from '../redact/redact.ts';
import type { Limits } from './limits.ts';
/** A request to the log API, always with times. `sinceTime` is a whole second. */
export interface LogRequest {
  readonly sinceTime?: string;
  readonly tailLines?: number;
}

/**
 * Opens the log of one run. Resolves to undefined if there is none: the pod or its former run is gone, or has
 * not begun.
 */
export type OpenLog = (
  request: LogRequest,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array> | undefined>;

export interface ReadRunOptions {
  readonly open: OpenLog;
  /** The position at the end of the last bundle; absent for a run that was never read. */
  readonly cursor?: Cursor | undefined;
  /** RFC 3339: the time from which a run without a cursor is read; absent for its whole log. */
  readonly since?: string | undefined;
  /** RFC 3339: when the run began, if that is known. */
  readonly startedAt?: string | undefined;
  /** RFC 3339: when this collection began. Later lines in the same stream are read, too. */
  readonly until: string;
  /** Whether the run has ended: then a last line without a line feed is complete. */
  readonly hasEnded: boolean;
  readonly limits: Limits;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Whether an error may be gone at the next attempt. */
  readonly mayPass: (error: unknown) => boolean;
}
