import { createHash } from 'node:crypto';
import { readIndex } from '../audit/index-file.ts';
import { bundlesPrefix, MANIFEST } from '../manifest.ts';
import type { BundleFile, BundleManifest, Source } from '../manifest.ts';
import { bundleFileKey } from './bundles.ts';
import { readSmall } from './bundle-store.ts';
import type { BundleStore } from './bundle-store.ts';
import { decompressed } from './stored-lines.ts';
import { errorMessage } from '../../domain/errors.ts';

/** The result of verifying one file of a bundle. */
export interface FileVerification {
  readonly file: string;
  /** Empty if the file is as the manifest says. */
  readonly problems: readonly string[];
}

/**
 * Compares a bundle with its manifest. Every file must exist, with its size and its SHA-256, must decompress,
 * and must hold as many lines and bytes. The index must be readable, and there must be no other files. The
 * manifest itself is not verified.
 */
export async function* verifyBundle(
  store: BundleStore,
  manifest: BundleManifest,
  signal: AbortSignal,
): AsyncIterable<FileVerification> {
  const { bundle, sources, access } = manifest;
  for (const source of sources) {
    if (source.kept === undefined) continue;
    const problems = await verifyFile(store, { bundle, kept: source.kept, source }, signal);
    yield { file: source.kept.file, problems };
  }
  if (access !== undefined) {
    const problems = await verifyFile(store, { bundle, kept: access }, signal);
    const more = problems.length > 0 ? [] : await verifyIndex(store, manifest, signal);
    yield { file: access.file, problems: [...problems, ...more] };
  }
  for (const file of await unnamedFiles(store, manifest, signal)) {
    yield { file, problems: ['the manifest does not name it'] };
  }
}

interface StoredFile {
  readonly bundle: string;
  readonly kept: BundleFile;
  readonly source?: Source;
}

async function verifyFile(
  store: BundleStore,
  { bundle, kept, source }: StoredFile,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const content = await store.read(bundleFileKey(store, bundle, kept.file), signal);
  if (content === undefined) return ['it is not there'];
  const hash = createHash('sha256');
  const sizes = { file: 0, bytes: 0, lines: 0 };
  const problems: string[] = [];
  const hashed = tap(content, (chunk) => {
    hash.update(chunk);
    sizes.file += chunk.length;
  });
  try {
    for await (const chunk of decompressed(hashed)) {
      sizes.bytes += chunk.length;
      sizes.lines += count(chunk, FEED);
    }
  } catch (error) {
    signal.throwIfAborted();
    problems.push(`it cannot be decompressed: ${errorMessage(error, 'unknown')}`);
  }
  // A file that could not be decompressed was not read to its end.
  if (problems.length === 0) {
    compare(problems, 'bytes in the archive', sizes.file, kept.fileBytes);
    compare(problems, 'SHA-256', hash.digest('hex'), kept.sha256);
    if (source !== undefined) {
      compare(problems, 'lines', sizes.lines, source.lines);
      compare(problems, 'bytes', sizes.bytes, source.bytes);
    }
  }
  return problems;
}

const FEED = 0x0a;

function count(chunk: Buffer, byte: number): number {
  let found = 0;
  for (let at = chunk.indexOf(byte); at !== -1; at = chunk.indexOf(byte, at + 1)) found += 1;
  return found;
}

type ComparedValue = string | number;

function compare(
  problems: string[],
  what: string,
  found: ComparedValue,
  expected: ComparedValue,
): void {
  if (found !== expected) problems.push(`${what}: ${found}, in the manifest ${expected}`);
}

async function* tap<T>(content: AsyncIterable<T>, inspect: (each: T) => void): AsyncIterable<T> {
  for await (const each of content) {
    inspect(each);
    yield each;
  }
}

async function verifyIndex(
  store: BundleStore,
  { bundle, access }: BundleManifest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    readIndex(
      (await readSmall(store, bundleFileKey(store, bundle, access?.file ?? ''), signal)) ??
        Buffer.of(),
    );
    return [];
  } catch (error) {
    return [`it is no index: ${errorMessage(error, 'unknown')}`];
  }
}

async function unnamedFiles(
  store: BundleStore,
  { bundle, sources, access }: BundleManifest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const named = new Set([
    MANIFEST,
    ...sources.flatMap(({ kept }) => kept?.file ?? []),
    ...(access === undefined ? [] : [access.file]),
  ]);
  const prefix = `${bundlesPrefix(store.target)}${bundle}/`;
  const found: string[] = [];
  for await (const { key } of store.list(prefix, signal)) {
    const file = key.slice(prefix.length);
    if (!named.has(file)) found.push(file);
  }
  return found;
}
