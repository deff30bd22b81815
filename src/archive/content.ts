/**
 * Content whose own failure can be distinguished from the archive's: both may be a lost connection.
 */
export interface TracedContent {
  readonly content: AsyncIterable<Uint8Array>;
  /** The error to throw: the content's failure if it failed, else the archive's error. */
  blame(error: unknown): unknown;
}

export function traceContent(content: AsyncIterable<Uint8Array>): TracedContent {
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
