import type { BundleManifest } from '../manifest.ts';
import type { Gap } from '../manifest.ts';
import type { RunPosition } from '../manifest.ts';
import type { Run } from '../manifest.ts';

/** A run that the node still has, and how to request its log. */
export interface FoundRun extends Run {
  readonly isPrevious: boolean;
  readonly hasEnded: boolean;
  /** RFC 3339. */
  readonly podCreatedAt?: string;
}

/** A run that vanished while it was being read; or several that were never read. */
export interface LostRun {
  readonly place: RunPosition;
  readonly gap: Gap;
}

export interface Scope {
  readonly found: readonly FoundRun[];
  /** The last sealed bundle; absent before the first. */
  readonly last: Pick<BundleManifest, 'places' | 'window'> | undefined;
  /** RFC 3339: a run that was never read is read from this time on. */
  readonly since: string;
  readonly until: string;
  /** Whether this collection covers a run: only such a run can be missing. */
  readonly covers: (run: Run) => boolean;
  /**
   * The uids of pods that no selector has chosen, but that exist, or may exist: their labels were changed.
   */
  readonly mayRemain: ReadonlySet<string>;
}
