import type { AuditAction } from '../parse-event.ts';

/** An event after the requests that belong together were combined. */
export interface CountedEvent {
  readonly action: Exclude<AuditAction, Uncounted>;
  /** Epoch milliseconds, of the first request and of the last. */
  readonly at: number;
  readonly last: number;
  readonly reference: number;
  /** 0 for a pull or a push that is only a part of another one. */
  readonly count: number;
  readonly requests: number;
}

/** An event as the index stores it: texts by number. `isDigest` is about the reference. */
export interface StoredRequest {
  readonly action: AuditAction;
  readonly at: number;
  readonly last: number;
  readonly reference: number;
  readonly isDigest: boolean;
  readonly size: number;
  readonly requests: number;
}

export type Count = (counted: CountedEvent) => void;

/** What never counts by itself. */
export type Uncounted = 'ask' | 'ask-list' | 'pull-list' | 'push-list';
