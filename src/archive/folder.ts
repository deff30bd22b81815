import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Archive } from './archive.ts';
import { watchContent } from './content.ts';
import { explained, explaining, isMissingFile, isThere } from './folder-failure.ts';
import { removeWithFolders, walk } from './folder-walk.ts';

const PART = '.part';
const READ_BYTES = 256 * 1024;

type Content = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** An archive in a folder. Files are readable by their owner only: they hold names of people. */
export function createFolderArchive(folder: string): Archive {
  const fileOf = (key: string) => {
    const file = path.join(folder, ...key.split('/'));
    if (file.startsWith(path.join(folder, path.sep)) && !file.endsWith(path.sep)) return file;
    throw new RangeError(`the archive key ${JSON.stringify(key)} leads out of the archive`);
  };
  const keep = async (key: string, content: Content, signal?: AbortSignal) => {
    const file = fileOf(key);
    await explaining(folder, `keep ${key}`, () => writeWhole(folder, { file, content, signal }));
    return file;
  };
  return {
    place: folder,
    put: async (key, text) => keep(key, [Buffer.from(text)]),
    putNew: async (key, text) => {
      const file = fileOf(key);
      return explaining(folder, `keep ${key}`, () => writeNew(file, [Buffer.from(text)]));
    },
    write: async (key, content, signal) => {
      signal.throwIfAborted();
      const watched = watchContent(content);
      try {
        return await keep(key, watched.content, signal);
      } catch (error) {
        throw watched.blame(error);
      }
    },
    append: async (key, line) => {
      if (/[\r\n]/.test(line)) throw new RangeError('a line of the archive holds no line break');
      const file = fileOf(key);
      await explaining(folder, `add a line to ${key}`, () => addLine(file, line));
    },
    read: async (key, signal) => {
      const file = fileOf(key);
      return explaining(folder, `read ${key}`, () => readFrom(folder, { key, file, signal }));
    },
    async *list(prefix, signal) {
      const files = explained(folder, `list ${prefix}`, walk(folder, prefix, signal));
      for await (const entry of files) if (!entry.key.endsWith(PART)) yield entry;
    },
    remove: async (key, signal) => {
      signal.throwIfAborted();
      const file = fileOf(key);
      await explaining(folder, `delete ${key}`, () => removeWithFolders(folder, file));
    },
    sweep: async (prefix, before, signal) => {
      let swept = 0;
      const files = explained(folder, `list ${prefix}`, walk(folder, prefix, signal));
      for await (const { key, modifiedAt } of files) {
        if (!key.endsWith(PART) || Date.parse(modifiedAt) >= before) continue;
        await explaining(folder, `delete ${key}`, () => removeWithFolders(folder, fileOf(key)));
        swept += 1;
      }
      return swept;
    },
  };
}

interface Writing {
  readonly file: string;
  readonly content: Content;
  readonly signal: AbortSignal | undefined;
}

// A crash between write and rename leaves a .part file, never half a document under its name.
async function writeWhole(folder: string, { file, content, signal }: Writing): Promise<void> {
  const part = partOf(file);
  try {
    await writePart(part, content, signal);
    await rename(part, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    // A disk that is full would be littered with the folders of what it did not take.
    await removeWithFolders(folder, part);
    throw error;
  }
}

// A link, unlike a rename, never takes the place of what is there.
async function writeNew(file: string, content: Content): Promise<boolean> {
  const part = partOf(file);
  try {
    await writePart(part, content);
    await link(part, file);
    await syncFolder(path.dirname(file));
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

function partOf(file: string): string {
  return `${file}.${randomBytes(4).toString('hex')}${PART}`;
}

async function writePart(part: string, content: Content, signal?: AbortSignal): Promise<void> {
  const handle = await openMaking(part, 'wx');
  const sink = createWriteStream(part, { fd: handle, flush: true });
  await pipeline(content, sink, signal === undefined ? {} : { signal });
}

// Somebody who deletes the last file of a folder deletes the folder, perhaps just now.
async function openMaking(file: string, flags: 'wx' | 'a+') {
  for (let left = 5; ; left -= 1) {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    try {
      return await open(file, flags, 0o600);
    } catch (error) {
      if (!isMissingFile(error) || left === 0) throw error;
    }
  }
}

// One write at the end of the file: two processes that add a line leave two lines, each whole.
async function addLine(file: string, line: string): Promise<void> {
  const handle = await openMaking(file, 'a+');
  try {
    const text = Buffer.from(`${line}\n`);
    const { size } = await handle.stat();
    const start = Math.max(0, size - text.length - 1);
    const { buffer: end } = await handle.read(Buffer.alloc(size - start), { position: start });
    const last = end.length > text.length ? Buffer.concat([Buffer.from('\n'), text]) : text;
    if (end.equals(last)) return;
    const isCut = size > 0 && end.at(-1) !== 0x0a;
    await handle.appendFile(isCut ? Buffer.concat([Buffer.from('\n'), text]) : text);
    await handle.sync();
    if (size === 0) await syncFolder(path.dirname(file));
  } finally {
    await handle.close();
  }
}

// A rename is on the disk once its folder is.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Reading {
  readonly key: string;
  readonly file: string;
  readonly signal: AbortSignal;
}

async function readFrom(folder: string, { key, file, signal }: Reading) {
  signal.throwIfAborted();
  try {
    await stat(file);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
  return explained(folder, `read ${key}`, bytesOf(file, signal));
}

// Opened when it is first asked for, so that what nobody reads holds no file open.
async function* bytesOf(file: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  yield* createReadStream(file, { signal, highWaterMark: READ_BYTES });
}
