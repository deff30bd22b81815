import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Archive } from './archive.ts';
import { traceContent } from './content.ts';
import {
  eachWithFolderErrors,
  withFolderErrors,
  isMissingFile,
  isThere,
} from './folder-failure.ts';
import { removeWithFolders, walk } from './folder-walk.ts';

const PART = '.part';
const READ_BYTES = 256 * 1024;

type Content = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** An archive in a folder. Only their owner can read its files: they hold names of people. */
export function createFolderArchive(folder: string): Archive {
  const fileOf = (key: string) => {
    const file = path.join(folder, ...key.split('/'));
    if (file.startsWith(path.join(folder, path.sep)) && !file.endsWith(path.sep)) return file;
    throw new RangeError(`the archive key ${JSON.stringify(key)} leads out of the archive`);
  };
  const act = <T>(tried: string, run: () => Promise<T>): Promise<T> =>
    withFolderErrors(folder, tried, run);
  const writeKey = async (key: string, content: Content, signal?: AbortSignal) => {
    const file = fileOf(key);
    await act(`store ${key}`, () => writeWhole(folder, { file, content, signal }));
    return file;
  };
  return {
    place: folder,
    put: async (key, text) => writeKey(key, [Buffer.from(text)]),
    putNew: async (key, text) => {
      const file = fileOf(key);
      return act(`store ${key}`, () => writeNew(file, [Buffer.from(text)]));
    },
    write: async (key, content, signal) => {
      signal.throwIfAborted();
      const traced = traceContent(content);
      try {
        return await writeKey(key, traced.content, signal);
      } catch (error) {
        throw traced.blame(error);
      }
    },
    append: async (key, line) => {
      if (/[\r\n]/.test(line))
        throw new RangeError('a line of the archive must not hold a line break');
      const file = fileOf(key);
      await act(`add a line to ${key}`, () => addLine(file, line));
    },
    read: async (key, signal) => {
      const file = fileOf(key);
      return act(`read ${key}`, () => readFrom(folder, { key, file, signal }));
    },
    async *list(prefix, signal) {
      const files = eachWithFolderErrors(folder, `list ${prefix}`, walk(folder, prefix, signal));
      for await (const entry of files) if (!entry.key.endsWith(PART)) yield entry;
    },
    remove: async (key, signal) => {
      signal.throwIfAborted();
      const file = fileOf(key);
      await act(`delete ${key}`, () => removeWithFolders(folder, file));
    },
    sweep: async (prefix, before, signal) => {
      let swept = 0;
      const files = eachWithFolderErrors(folder, `list ${prefix}`, walk(folder, prefix, signal));
      for await (const { key, modifiedAt } of files) {
        if (!key.endsWith(PART) || Date.parse(modifiedAt) >= before) continue;
        await act(`delete ${key}`, () => removeWithFolders(folder, fileOf(key)));
        swept += 1;
      }
      return swept;
    },
  };
}

interface FileWrite {
  readonly file: string;
  readonly content: Content;
  readonly signal: AbortSignal | undefined;
}

// A crash between write and rename leaves a .part file, never half a document under its name.
async function writeWhole(folder: string, { file, content, signal }: FileWrite): Promise<void> {
  const part = partOf(file);
  try {
    await writePart(part, content, signal);
    await rename(part, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    // A full disk would be left with the empty folders of files that it had no space for.
    await removeWithFolders(folder, part);
    throw error;
  }
}

// A link, unlike a rename, never replaces a file.
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
  const handle = await openInNewFolder(part, 'wx');
  const sink = createWriteStream(part, { fd: handle, flush: true });
  await pipeline(content, sink, signal === undefined ? {} : { signal });
}

// Another process that deletes the last file of a folder also deletes the folder, perhaps just now.
async function openInNewFolder(file: string, flags: 'wx' | 'a+') {
  for (let left = 5; ; left -= 1) {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    try {
      return await open(file, flags, 0o600);
    } catch (error) {
      if (!isMissingFile(error) || left === 0) throw error;
    }
  }
}

// One write at the end of the file: two processes that add a line leave two whole lines.
async function addLine(file: string, line: string): Promise<void> {
  const handle = await openInNewFolder(file, 'a+');
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

// A rename is on the disk once its folder has been synced.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface FileRead {
  readonly key: string;
  readonly file: string;
  readonly signal: AbortSignal;
}

async function readFrom(folder: string, { key, file, signal }: FileRead) {
  signal.throwIfAborted();
  try {
    await stat(file);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
  return eachWithFolderErrors(folder, `read ${key}`, bytesOf(file, signal));
}

// Opens the file at the first read, so that a stream that is never read holds no file open.
async function* bytesOf(file: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  yield* createReadStream(file, { signal, highWaterMark: READ_BYTES });
}
