/**
 * Content whose own failure can be told from the archive's: both may be a lost connection.
 */
export interface WatchedContent {
  readonly content: AsyncIterable<Uint8Array>;
  /** What to throw: the content's failure if it failed, else what the archive met. */
  blame(error: unknown): unknown;
}

export function watchContent(content: AsyncIterable<Uint8Array>): WatchedContent {
  let failure: { readonly error: unknown } | undefined;
  return {
    content: (async function* () {
      try {
        yield* content;
      } catch (error) {
        failure = { error };
        throw error;
      }
    })(),
    blame: (error) => (failure === undefined ? error : failure.error),
  };
}
