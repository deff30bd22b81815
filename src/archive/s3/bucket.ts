/** A bucket of S3, or of another store with its protocol. Without an endpoint it is AWS. */
export interface Bucket {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  /** A PEM file with the CA of the endpoint. */
  readonly ca?: string | undefined;
}
