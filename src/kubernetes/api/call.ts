/** A GET whose answer is a stream. With `idleMs` 0 it waits for ever. */
export interface StreamCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** One call of the cluster's API. `path` is encoded already; see {@link path}. */
export interface Call {
  /** `PATCH` sends a JSON merge patch (RFC 7386). */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Asks for the objects' metadata only (PartialObjectMetadata), if the server supports it. */
  readonly metadataOnly?: boolean;
}
