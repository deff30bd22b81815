import type { BundleManifest } from '../manifest.ts';
import type { Gap } from '../manifest.ts';
import type { RunPosition } from '../manifest.ts';
import type { Run } from '../manifest.ts';

/** A run that the node still has, and how it is asked for. */
export interface FoundRun extends Run {
  readonly isPrevious: boolean;
  readonly hasEnded: boolean;
  /** RFC 3339. */
  readonly podCreatedAt?: string;
}

/** A run that was being read, and that is not there any more; or several that never were. */
export interface LostRun {
  readonly place: RunPosition;
  readonly gap: Gap;
}

export interface Scope {
  readonly found: readonly FoundRun[];
  /** The last sealed bundle; absent before the first. */
  readonly last: Pick<BundleManifest, 'places' | 'window'> | undefined;
  /** RFC 3339: how far back a run is read that was never read, if it is older than that. */
  readonly since: string;
  readonly until: string;
  /** Whether these pods were looked for: a run of others is not missed. */
  readonly covers: (run: Run) => boolean;
  /** The uids of pods that were not found, and are there all the same, or may be: their labels were changed. */
  readonly mayRemain: ReadonlySet<string>;
}
