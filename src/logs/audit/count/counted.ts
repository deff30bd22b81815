import type { AuditAction } from '../parse-event.ts';

/** Something that counts, after the requests that belong together were taken for one. */
export interface CountedEvent {
  readonly action: Exclude<AuditAction, Uncounted>;
  /** Epoch milliseconds, of the first request and of the last. */
  readonly at: number;
  readonly last: number;
  readonly reference: number;
  /** 0 for what was had, or pushed, as a part of something that counts. */
  readonly count: number;
  readonly requests: number;
}

/** An act as the index holds it: its texts by number. `isDigest` is about the reference. */
export interface RegistryRequest {
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
