import { z } from 'zod';
import { hasUserInfo } from '../domain/wire/user-info.ts';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const s3Fields = z.strictObject({
  bucket: z.string().regex(BUCKET, {
    error: 'a bucket is lower-case letters, digits, "-" and ".", 3 to 63',
  }),
  /** Keys begin with it: `purser/prod`. */
  prefix: z
    .string()
    .regex(/^[^/].*[^/]$|^[^/]$/, { error: 'must not begin or end with "/"' })
    .optional(),
  /** Left out: AWS_REGION, or the profile's. */
  region: z.string().optional(),
  /** Left out: AWS itself. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** `https://endpoint/bucket` in place of `https://bucket.endpoint`: most stores but AWS need it. */
  forcePathStyle: z.boolean().optional(),
  /** A PEM file with the CA of the endpoint. */
  ca: z.string().optional(),
});

// A check of the whole object, so that the error does not repeat the address with its password.
const s3Schema = s3Fields.refine(({ endpoint }) => !hasUserInfo(endpoint), {
  error:
    'its endpoint holds a user name or a password; give the credentials as the AWS SDK looks for them (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile)',
});

/** The archive of reports and bundles: a folder, or a bucket. Credentials are never written here. */
export const archiveSchema = z
  .strictObject({ folder: z.string().optional(), s3: s3Schema.optional() })
  .refine(({ folder, s3 }) => folder === undefined || s3 === undefined, {
    error: 'has folder and s3; keep one of them',
  })
  .transform(({ folder, s3 }) => (s3 === undefined ? { folder: folder ?? './archive' } : { s3 }))
  .prefault({});
