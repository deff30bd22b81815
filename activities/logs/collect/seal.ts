import type { Collected, CollectLogsRequest } from '../../../src/logs/model/collect-request.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { runKey as runKeyOf } from '../../../src/logs/collect/name.ts';
import { bundleFileKey } from '../../../src/logs/read/bundles.ts';
import { bundlesPrefix, MANIFEST, manifestSchema } from '../../../src/logs/manifest.ts';
import type {
  BundleFile,
  BundleManifest,
  RunPosition,
  Redactions,
  Source,
} from '../../../src/logs/manifest.ts';
import { indexAccess, isRegistry } from './audit-cache.ts';
import type { AuditCache } from './audit-cache.ts';
import { claimSeal } from './seal-claim.ts';
import type { CollectedSource } from './collect.ts';
import { emptySource } from './collect.ts';
import type { CollectedEvents } from './events.ts';
import { lastManifest } from './plan.ts';
import type { Plan } from './plan.ts';
import type { BundlePorts } from '../bundle-ports.ts';

/** A collection that only has to be sealed. */
export interface SealRequest {
  readonly plan: Plan;
  readonly collected: readonly CollectedSource[];
  readonly events: readonly CollectedEvents[];
  readonly request: CollectLogsRequest;
}

/** The run that seals, as Temporal knows it. */
interface SealingRun {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Writes the bundle's manifest, which commits it: the next collection continues after its lines. Throws
 * `Conflict` if another collection was sealed meanwhile. Throws `ServerError` if another one is being
 * sealed, or if a file is missing or changed.
 */
export async function sealBundle(
  ports: BundlePorts & { readonly auditCache: AuditCache },
  input: SealRequest & { readonly by: SealingRun },
  signal: AbortSignal,
): Promise<Collected> {
  const { archive, target } = ports;
  const { plan, by } = input;
  const last = await lastManifest(ports, signal);
  // An earlier attempt wrote the manifest and died: the bundle is already sealed.
  if (last?.bundle === plan.bundle && last.runId === by.runId)
    return summaryOf(archive.place, last);
  assertNext(ports, plan, last);
  const files = registryFiles(input.collected, plan);
  const index = await indexAccess(ports, { bundle: plan.bundle, files }, signal);
  const manifest = manifestOf(input, { last, index, target: target.name });
  await assertWhole(ports, manifest, signal);
  target.at('indexed');
  await claimSeal(ports, plan, signal);
  target.at('claimed');
  // The former holder of the claim may have sealed since the first check, before its claim expired.
  assertNext(ports, plan, await lastManifest(ports, signal));
  const key = bundleFileKey({ ...archive, target: target.name }, plan.bundle, MANIFEST);
  await archive.put(key, `${JSON.stringify(manifestSchema.parse(manifest), null, 1)}\n`);
  ports.auditCache.forget(plan.bundle);
  target.at('sealed');
  return summaryOf(archive.place, manifest);
}

function assertNext(
  { target }: BundlePorts,
  { after }: Plan,
  last: BundleManifest | undefined,
): void {
  if (last?.bundle === after) return;
  throw new PurserError(
    'Conflict',
    `another collection of ${target.name} was sealed meanwhile (${last?.bundle ?? 'none is left'}); this one would hold the same lines again`,
  );
}

// The stored files of the registry's own containers.
function registryFiles(collected: readonly CollectedSource[], { runs }: Plan): BundleFile[] {
  const registry = new Set(runs.filter(({ run }) => isRegistry(run)).map(({ file }) => file));
  return collected.flatMap(({ source: { kept } }) =>
    kept !== undefined && registry.has(kept.file) ? [kept] : [],
  );
}

function manifestOf(
  { plan, collected, events, request, by }: SealRequest & { readonly by: SealingRun },
  { last, index, target }: ManifestContext,
): BundleManifest {
  const lost = plan.lost.map(({ place, gap }): Source => ({
    ...emptySource({ run: place, isPrevious: gap.reason === 'run-gone' }),
    gaps: [gap],
  }));
  const sources = [
    ...collected.map(({ source }) => source),
    ...lost,
    ...events.map(({ source }) => source),
  ];
  return {
    version: 1,
    bundle: plan.bundle,
    target,
    workflowId: by.workflowId,
    runId: by.runId,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    ...(plan.after === undefined ? {} : { after: plan.after }),
    window: { since: last?.window.until ?? plan.since, until: plan.until },
    sealedAt: new Date().toISOString(),
    sources,
    places: placesAfter(plan, collected, last),
    events: {
      ...last?.events,
      ...Object.fromEntries(
        events.flatMap(({ namespace, resourceVersion }) =>
          resourceVersion === undefined ? [] : [[namespace, resourceVersion]],
        ),
      ),
    },
    ...(index === undefined ? {} : { access: index }),
    redactions: sum(sources.map(({ redactions }) => redactions)),
  };
}

interface ManifestContext {
  readonly last: BundleManifest | undefined;
  readonly index: BundleFile | undefined;
  readonly target: string;
}

// Every run keeps its position, also if this collection did not read it. Exceptions: runs that are gone,
// and positions that are no longer needed.
function placesAfter(
  { lost, runs, forgotten = [] }: Plan,
  collected: readonly CollectedSource[],
  last: BundleManifest | undefined,
): RunPosition[] {
  const gone = new Set([...lost.map(({ place }) => runKeyOf(place)), ...forgotten]);
  const read = new Set(runs.map(({ run }) => runKeyOf(run)));
  const kept = (last?.places ?? []).filter(
    (place) => !gone.has(runKeyOf(place)) && !read.has(runKeyOf(place)),
  );
  return [...kept, ...collected.flatMap(({ place }) => place ?? [])];
}

/** Makes sure that the bundle holds all files of its manifest, and no others. */
async function assertWhole(
  { archive, target }: BundlePorts,
  { bundle, sources, access }: BundleManifest,
  signal: AbortSignal,
): Promise<void> {
  const prefix = `${bundlesPrefix(target.name)}${bundle}/`;
  const there = new Map<string, number>();
  for await (const { key, bytes } of archive.list(prefix, signal)) {
    there.set(key.slice(prefix.length), bytes);
  }
  const named = [...sources.flatMap(({ kept }) => kept ?? []), ...(access ? [access] : [])];
  const wrong = named.filter(({ file, fileBytes }) => there.get(file) !== fileBytes);
  if (wrong.length > 0) {
    throw new PurserError(
      'ServerError',
      `${archive.place}: ${wrong.map(({ file }) => `${prefix}${file}`).join(', ')} is missing or changed; nothing was sealed`,
    );
  }
  // An earlier attempt may have written a file and died, and the next one found the pod gone.
  const strays = [...there.keys()].filter((file) => !named.some((each) => each.file === file));
  for (const file of strays) await archive.remove(`${prefix}${file}`, signal);
}

function sum(all: readonly Redactions[]): Redactions {
  const total: Record<string, number> = {};
  for (const each of all) {
    for (const [kind, count] of Object.entries(each)) total[kind] = (total[kind] ?? 0) + count;
  }
  return total;
}

const CURSORS_AT_MOST = 20;

function summaryOf(place: string, manifest: BundleManifest): Collected {
  const { sources, places, bundle, target } = manifest;
  const total = (value: (source: Source) => number) =>
    sources.reduce((before, source) => before + value(source), 0);
  const cursors = places.flatMap(({ namespace, pod, container, cursor }) =>
    cursor === undefined ? [] : [[`${namespace}/${pod}/${container}`, cursor.time] as const],
  );
  return {
    target,
    bundle,
    location: `${place}/${bundlesPrefix(target)}${bundle}`,
    lines: total(({ lines }) => lines),
    bytes: total(({ bytes }) => bytes),
    fileBytes: total(({ kept }) => kept?.fileBytes ?? 0) + (manifest.access?.fileBytes ?? 0),
    gaps: total(({ gaps }) => gaps.length),
    capped: total(({ caps }) => (caps.length > 0 ? 1 : 0)),
    failed: total(({ failure }) => (failure === undefined ? 0 : 1)),
    redacted: Object.values(manifest.redactions).reduce((before, count) => before + count, 0),
    cursors: Object.fromEntries(cursors.slice(0, CURSORS_AT_MOST)),
  };
}
