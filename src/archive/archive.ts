/** One object in the archive. `key` is a path with `/`; `modifiedAt` is RFC 3339, UTC. */
export interface ArchiveEntry {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: string;
}

/**
 * The store of reports, log bundles and the health history: a folder, or an S3 bucket. Keys are paths
 * with `/`. A key never shows a half-written object. Failures are `PurserError` (`Unreachable`,
 * `Forbidden`, `NotConfigured`) that name the archive and the error. A key that leads out of the archive,
 * or a line with a line break in it, is a bug of Purser: `RangeError`.
 */
export interface Archive {
  /** Its location for messages: a path or `s3://bucket/prefix`. */
  readonly place: string;
  /** Stores a small text under a key, replacing an earlier one. Resolves to its location. */
  put(key: string, text: string): Promise<string>;
  /**
   * Stores a small text under a key if nothing is there yet. Resolves to whether it did: of several calls at
   * once, at most one succeeds. (If an answer was lost, it may resolve to false although it stored the text.)
   */
  putNew(key: string, text: string): Promise<boolean>;
  /**
   * Stores a stream of any length under a key, replacing an earlier object. Resolves to its location. If it
   * fails, nothing is stored, and the earlier object stays. Content that waits must obey the signal as well:
   * it is asked to end, and waited for.
   */
  write(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string>;
  /**
   * Adds one line to a text. If it is already the last line, it is not added again, so that the call may be
   * repeated. A crash can leave a cut line; the next one begins on a line of its own. Readers skip lines
   * that they cannot read.
   */
  append(key: string, line: string): Promise<void>;
  /** The bytes under a key, as a stream; undefined if there is nothing. */
  read(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The objects under a prefix (`logs/prod/`, also `logs/pr`), sorted by key. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<ArchiveEntry>;
  /** Deletes one object, if it is there. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /**
   * Deletes the half-written objects that killed writers left under a prefix before a time (epoch
   * milliseconds). Resolves to their number.
   */
  sweep(prefix: string, before: number, signal: AbortSignal): Promise<number>;
}
