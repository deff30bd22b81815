import type { Redactor } from '../redact/redact.ts';
/** Where the log of a run is available now; `gone` if it no longer exists. */
export type LiveLogState = 'present' | 'previous' | 'gone';

/** A request to the log API, always with times. `sinceTime` is a whole second. */
export interface TailRequest {
  readonly previous: boolean;
  readonly follow: boolean;
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
}

export interface FollowOptions {
  /** Resolves to undefined if there is no log: not yet, or no longer. */
  readonly open: (
    request: TailRequest,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** As of the last list of pods. */
  readonly logState: () => LiveLogState;
  /** Resolves after the next list of pods. */
  readonly nextPoll: () => Promise<void>;
  /** RFC 3339: the time from which lines are shown; absent for the whole log. */
  readonly since: string | undefined;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Whether an error may be gone at the next attempt. */
  readonly mayPass: (error: unknown) => boolean;
  readonly note: (text: string) => void;
}
