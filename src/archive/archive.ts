/** One thing in the archive. `key` is a path with `/`; `modifiedAt` is RFC 3339, UTC. */
export interface ArchiveEntry {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: string;
}

/**
 * Where reports, log bundles and the health history are kept: a folder, or an S3 bucket. Keys are
 * paths with `/`. What is half written is never seen under its key. Failures are `PurserError`
 * (`Unreachable`, `Forbidden`, `NotConfigured`) that name the place and what came back. A key that
 * leads out of the archive, or a line with a line break in it, is a mistake of ours: `RangeError`.
 */
export interface Archive {
  /** Where it is, for people: a path or `s3://bucket/prefix`. */
  readonly place: string;
  /** Keeps a small text under a key, replacing what was there. Resolves to where it is. */
  put(key: string, text: string): Promise<string>;
  /**
   * Keeps a small text under a key where there is nothing yet. Resolves to whether it did: of several
   * at once one does at most. (After an answer that was lost it may say no, and have done it.)
   */
  putNew(key: string, text: string): Promise<boolean>;
  /**
   * Keeps a stream of any length under a key, replacing what was there. Resolves to where it is;
   * nothing is kept, and what was there stays, if it fails. Content that waits must heed the signal
   * as well: it is asked to end, and waited for.
   */
  write(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string>;
  /**
   * Adds one line to a text; a line that is its last one already is not added again, so that it may
   * be tried again. A crash can leave a cut line, which the next line does not run into: a reader
   * passes over the lines that it cannot read.
   */
  append(key: string, line: string): Promise<void>;
  /** The bytes under a key, as a stream; undefined where there is nothing. */
  read(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** What is under a prefix (`logs/prod/`, also `logs/pr`), sorted by key. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<ArchiveEntry>;
  /** Deletes one thing; nothing there is fine. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /**
   * Deletes what killed writers left half written under a prefix before a time (epoch
   * milliseconds). Resolves to how many there were.
   */
  sweep(prefix: string, before: number, signal: AbortSignal): Promise<number>;
}
