import type { Archive } from './archive.ts';
import { createFolderArchive } from './folder.ts';
import { createS3Archive } from './s3/archive.ts';
import type { Bucket } from './s3/bucket.ts';

/** The archive that a configuration names: a folder, or a bucket. */
export function openArchive(
  settings:
    | { readonly folder: string; readonly s3?: undefined }
    | { readonly s3: Bucket; readonly folder?: undefined },
): Archive {
  return settings.s3 === undefined
    ? createFolderArchive(settings.folder)
    : createS3Archive(settings.s3);
}
