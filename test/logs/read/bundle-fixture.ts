import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { createAuditIndex } from '../../../src/logs/audit/audit-index.ts';
import {
  ACCESS_INDEX,
  bundlesPrefix,
  MANIFEST,
  manifestSchema,
} from '../../../src/logs/manifest.ts';
import type { Gap, BundleManifest, Source } from '../../../src/logs/manifest.ts';

/** What a pod said: its lines begin with the time of the API, as they are stored. */
export interface PodLog {
  readonly pod: string;
  readonly container?: string;
  readonly lines: readonly string[];
  readonly gaps?: readonly Gap[];
  readonly failure?: Source['failure'];
}

export interface BundleGiven {
  readonly target?: string;
  readonly bundle: string;
  readonly since?: string;
  readonly until?: string;
  readonly sealedAt?: string;
  readonly pods?: readonly PodLog[];
  readonly redactions?: Readonly<Record<string, number>>;
}

/** Writes a bundle into a folder archive as a collection leaves it; resolves to its folder. */
export function writeBundle(archive: string, given: BundleGiven): string {
  const { target = 'prod', bundle, pods = [], redactions = {} } = given;
  const folder = path.join(archive, bundlesPrefix(target), bundle);
  mkdirSync(folder, { recursive: true });
  const keep = (file: string, bytes: Uint8Array) => {
    writeFileSync(path.join(folder, file), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { file, fileBytes: bytes.length, sha256 };
  };
  const index = createAuditIndex();
  const sources = pods.map((pod) => {
    for (const line of pod.lines) index.line(Buffer.from(line.slice(line.indexOf(' ') + 1)));
    return sourceOf(pod, (bytes) =>
      keep(`${pod.pod}_${pod.container ?? 'registry'}.log.zst`, bytes),
    );
  });
  const manifest: BundleManifest = manifestSchema.parse({
    version: 1,
    bundle,
    target,
    workflowId: `logs/${target}`,
    runId: '0190-test',
    window: {
      since: given.since ?? '2026-11-23T12:00:00Z',
      until: given.until ?? '2026-11-23T13:00:00Z',
    },
    sealedAt: given.sealedAt ?? given.until ?? '2026-11-23T13:00:01Z',
    sources,
    places: [],
    events: {},
    access: keep(ACCESS_INDEX, index.finish()),
    redactions,
  });
  writeFileSync(path.join(folder, MANIFEST), JSON.stringify(manifest));
  return folder;
}

function sourceOf(
  { pod, container = 'registry', lines, gaps = [], failure }: PodLog,
  keep: (bytes: Uint8Array) => BundleManifest['access'],
): Source {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return {
    kind: 'container',
    namespace: 'openshift-image-registry',
    pod,
    container,
    run: `${pod}-1`,
    previous: false,
    ...(lines.length === 0 ? {} : { kept: keep(zstdCompressSync(text)) }),
    lines: lines.length,
    bytes: text.length,
    ...(lines[0] === undefined ? {} : { firstTime: timeOf(lines[0]) }),
    ...(lines.length === 0 ? {} : { lastTime: timeOf(lines.at(-1) ?? '') }),
    gaps: [...gaps],
    caps: [],
    redactions: {},
    ...(failure === undefined ? {} : { failure }),
  };
}

/** A line as it is stored: the time of the API in nanoseconds, and what the container said. */
export function stored(afterMs: number, text: string): string {
  const time = new Date(Date.parse('2026-11-23T12:00:00Z') + afterMs).toISOString();
  return `${time.replace('Z', '000000Z')} ${text}`;
}

function timeOf(line: string): string {
  return line.slice(0, line.indexOf(' '));
}
