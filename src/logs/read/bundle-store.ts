/** Reading access to an archive, and the target whose bundles are read. */
export interface BundleStore {
  /** The location, for people. */
  readonly place: string;
  readonly target: string;
  /** The bytes under a key; undefined if there is no such key. */
  read(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The files under a prefix, sorted by key. */
  list(
    prefix: string,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

/** The content of a small file; undefined if there is none. Throws if it is larger than allowed. */
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
