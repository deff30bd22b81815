import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Where reports are kept. A key is a relative path with `/`; the same key again replaces it whole. */
export interface Archive {
  /** Writes one document; resolves to where it is. It is there whole, or not at all. */
  put(key: string, text: string): Promise<string>;
}

/** An archive in a folder. Files are readable by their owner only: they hold names of people. */
export function createFolderArchive(folder: string): Archive {
  return {
    async put(key, text) {
      const file = path.join(folder, ...key.split('/'));
      if (!file.startsWith(path.join(folder, path.sep))) {
        throw new RangeError(`the archive key ${JSON.stringify(key)} leads out of the archive`);
      }
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeWhole(file, text);
      return file;
    },
  };
}

// A crash between write and rename leaves a .part file, never half a document under its name.
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
