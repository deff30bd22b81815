import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { listEvents } from '../../../src/kubernetes/events.ts';
import { bundleFileKey } from '../../../src/logs/read/bundles.ts';
import type { Source } from '../../../src/logs/manifest.ts';
import { createRedactor } from '../../../src/logs/redact/redact.ts';
import { pack } from '../../../src/logs/stream/pack.ts';
import type { PlannedEvents } from './plan.ts';
import type { LogPorts } from '../ports.ts';

export interface CollectedEvents {
  readonly namespace: string;
  readonly source: Source;
  /** The position from which the next collection continues. */
  readonly resourceVersion?: string;
}

/** Stores the events of a namespace that are new or whose count has grown, one JSON object a line. */
export async function collectEventsOf(
  { target, archive, settings }: LogPorts,
  { bundle, planned }: { readonly bundle: string; readonly planned: PlannedEvents },
  signal: AbortSignal,
): Promise<CollectedEvents> {
  const { namespace, after, file } = planned;
  const empty: Source = {
    kind: 'events',
    namespace,
    previous: false,
    lines: 0,
    bytes: 0,
    gaps: [],
    caps: [],
    redactions: {},
  };
  try {
    const { events, resourceVersion } = await listEvents(
      target.cluster,
      { namespace, after },
      signal,
    );
    if (events.length === 0) return { namespace, source: empty, resourceVersion };
    const redactor = createRedactor(settings.redact);
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    const block = redactor.block(Buffer.from(text));
    const packed = { fileBytes: 0, sha256: '' };
    const key = bundleFileKey({ ...archive, target: target.name }, bundle, file);
    await archive.write(key, pack(once(block), packed), signal);
    const kept = { file, ...packed };
    const sizes = { lines: events.length, bytes: block.length };
    const source = { ...empty, kept, ...sizes, redactions: redactor.counts() };
    return { namespace, source, resourceVersion };
  } catch (error) {
    // Without the right to list events, the containers' logs are still worth collecting.
    if (!(error instanceof ClusterFailure) || error.failureCause !== 'forbidden') throw error;
    const failure = { type: 'Forbidden', message: error.message };
    return { namespace, source: { ...empty, failure } };
  }
}

async function* once(block: Uint8Array): AsyncGenerator<Uint8Array> {
  yield block;
}
