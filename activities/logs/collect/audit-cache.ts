import { createHash } from 'node:crypto';
import { createAuditIndex } from '../../../src/logs/audit/audit-index.ts';
import { createAuditRecorder } from '../../../src/logs/collect/audit-recorder.ts';
import type { AuditRecorder } from '../../../src/logs/collect/audit-recorder.ts';
import { bundleFileKey } from '../../../src/logs/read/bundles.ts';
import { storedLines } from '../../../src/logs/read/stored-lines.ts';
import { ACCESS_INDEX } from '../../../src/logs/manifest.ts';
import type { BundleFile, Run } from '../../../src/logs/manifest.ts';
import { REGISTRY_SELECTOR } from '../../../src/logs/settings.ts';
import type { BundlePorts } from '../bundle-ports.ts';

/**
 * Several bundles are written at once only if two collections run. Older entries belong to runs that have
 * ended.
 */
const BUNDLES_AT_MOST = 2;

/**
 * The audit events of files that this worker has written, so that the index needs no second reading. If a
 * file's events are missing, the file is read again, and the index is the same. Reasons: another worker
 * wrote it, this one was restarted, or there were too many events.
 */
export function createAuditCache() {
  const bundles = new Map<string, Map<string, AuditRecorder>>();
  return {
    keep: (bundle: string, { sha256 }: BundleFile, recorder: AuditRecorder): void => {
      const files = bundles.get(bundle) ?? new Map<string, AuditRecorder>();
      bundles.set(bundle, files.set(sha256, recorder));
      const [oldest = bundle] = bundles.keys();
      if (bundles.size > BUNDLES_AT_MOST) bundles.delete(oldest);
    },
    of: (bundle: string, { sha256 }: BundleFile) => bundles.get(bundle)?.get(sha256)?.events(),
    forget: (bundle: string): void => void bundles.delete(bundle),
  };
}

export type AuditCache = ReturnType<typeof createAuditCache>;

/**
 * Records the audit events of a run. Undefined if the run is not the registry's: only the registry logs
 * such events.
 */
export function recorderFor(run: Run): AuditRecorder | undefined {
  return isRegistry(run) ? createAuditRecorder() : undefined;
}

/** Whether a run is one of the registry's own container. */
export function isRegistry({ selector, container }: Run): boolean {
  return selector === REGISTRY_SELECTOR && container === 'registry';
}

/** Writes the index of these files, all of registry containers; undefined if there are none. */
export async function indexAccess(
  { archive, target, auditCache }: BundlePorts & { readonly auditCache: AuditCache },
  { bundle, files }: { readonly bundle: string; readonly files: readonly BundleFile[] },
  signal: AbortSignal,
): Promise<BundleFile | undefined> {
  if (files.length === 0) return undefined;
  const store = { ...archive, target: target.name };
  const access = createAuditIndex();
  for (const file of files) {
    const events = auditCache.of(bundle, file);
    if (events !== undefined) {
      for (const event of events) access.event(event);
      continue;
    }
    const content = await archive.read(bundleFileKey(store, bundle, file.file), signal);
    for await (const lines of content === undefined ? [] : storedLines(content)) {
      signal.throwIfAborted();
      for (const line of lines) access.line(line.subarray(line.indexOf(BLANK) + 1));
    }
  }
  const bytes = access.finish();
  await archive.write(bundleFileKey(store, bundle, ACCESS_INDEX), once(bytes), signal);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file: ACCESS_INDEX, fileBytes: bytes.length, sha256 };
}

const BLANK = 0x20;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
