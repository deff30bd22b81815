import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { MANIFEST, parseManifest } from '../../../src/logs/manifest.ts';
import type { BundleManifest, Source } from '../../../src/logs/manifest.ts';

/** A bundle as it lies in a folder archive. */
export interface ReadBundle {
  readonly manifest: BundleManifest;
  /** The lines of a source, without the API's time; events have none. */
  readonly lines: (source: Source) => readonly string[];
}

/** All sealed bundles of a target, oldest first; fails where one is not whole. */
export function readBundles(archive: string, target: string): readonly ReadBundle[] {
  const folder = path.join(archive, 'logs', target);
  return names(folder)
    .filter((name) => names(path.join(folder, name)).includes(MANIFEST))
    .map((name) => {
      const text = readFileSync(path.join(folder, name, MANIFEST), 'utf8');
      const manifest = parseManifest(text, name);
      const contents = new Map(
        manifest.sources.map((source) => [source, contentOf(path.join(folder, name), source)]),
      );
      return {
        manifest,
        lines: (source) =>
          (contents.get(source) ?? '')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => (source.kind === 'events' ? line : line.slice(line.indexOf(' ') + 1))),
      };
    });
}

/** The numbers of the lines `line N of <pod>` in all bundles, in their order. */
export function numbersOf(bundles: readonly ReadBundle[], pod: string): readonly number[] {
  return bundles.flatMap(({ manifest, lines }) =>
    manifest.sources
      .filter((source) => source.pod === pod)
      .flatMap((source) => lines(source))
      .flatMap((line) => Number(/^line (\d+) of /.exec(line)?.[1] ?? Number.NaN)),
  );
}

/** The half bundles: folders without a manifest. */
export function halfBundles(archive: string, target: string): readonly string[] {
  const folder = path.join(archive, 'logs', target);
  return names(folder).filter((name) => !names(path.join(folder, name)).includes(MANIFEST));
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function contentOf(folder: string, { kept, lines, bytes }: Source): string {
  if (kept === undefined) return '';
  const file = readFileSync(path.join(folder, kept.file));
  assert.equal(file.length, kept.fileBytes);
  const content = zstdDecompressSync(file);
  assert.equal(content.length, bytes);
  const text = content.toString('utf8');
  assert.equal(text.split('\n').length - 1, lines);
  return text;
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
