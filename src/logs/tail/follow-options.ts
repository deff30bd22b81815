import type { Redactor } from '../redact/redact.ts';
/** Where the log of a run is to be had now; `gone` for nowhere any more. */
export type LiveLogState = 'present' | 'previous' | 'gone';

/** What is asked of the log API, always with times. `sinceTime` is a whole second. */
export interface TailRequest {
  readonly previous: boolean;
  readonly follow: boolean;
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
}

export interface FollowOptions {
  /** Resolves to undefined if there is no log: not yet, or not any more. */
  readonly open: (
    request: TailRequest,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** As of the last look at the cluster. */
  readonly logState: () => LiveLogState;
  /** Resolves after the next look at the cluster. */
  readonly nextPoll: () => Promise<void>;
  /** RFC 3339: from when on; absent for all there is. */
  readonly since: string | undefined;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Whether trying again may help. */
  readonly mayPass: (error: unknown) => boolean;
  readonly note: (text: string) => void;
}
