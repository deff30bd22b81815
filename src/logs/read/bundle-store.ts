/** What is read of an archive, and whose bundles: an archive as those see it who look at logs. */
export interface BundleStore {
  /** Where it is, for people. */
  readonly place: string;
  readonly target: string;
  /** The bytes under a key; undefined if there is nothing. */
  read(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** What is under a prefix, sorted by key. */
  list(
    prefix: string,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

/** The whole of a small file; undefined if there is none. Throws where it is larger than it may be. */
export async function readSmall(
  store: BundleStore,
  key: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const content = await store.read(key, signal);
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > SMALL_AT_MOST) throw new Error(`${key} is larger than ${SMALL_AT_MOST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const SMALL_AT_MOST = 64 * 1024 * 1024;
