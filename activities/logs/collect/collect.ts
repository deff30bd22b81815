import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { openPodLog } from '../../../src/kubernetes/pod-logs.ts';
import type { PlannedRun } from '../../../src/logs/collect/plan.ts';
import { bundleFileKey } from '../../../src/logs/read/bundles.ts';
import type { RunPosition, Source } from '../../../src/logs/manifest.ts';
import type { Redactor } from '../../../src/logs/redact/redact.ts';
import { pack } from '../../../src/logs/stream/pack.ts';
import type { Packed } from '../../../src/logs/stream/pack.ts';
import { emptyReadResult, readRun } from '../../../src/logs/stream/read-run.ts';
import type { ReadResult } from '../../../src/logs/stream/read-run.ts';
import { isPassing, toFailure } from '../../attempt.ts';
import type { Attempt } from '../../attempt.ts';
import { recorderFor } from './audit-cache.ts';
import type { LogPorts } from '../ports.ts';
import { redactorFor, withMemory } from './run-redactor.ts';
import { locateRun } from '../run-location.ts';
import type { RunLocation } from '../run-location.ts';

/** The result for one source: for the manifest, and the position for the next collection. */
export interface CollectedSource {
  readonly source: Source;
  /** Absent if the run is gone. */
  readonly place?: RunPosition;
}

export interface RunToCollect {
  readonly bundle: string;
  readonly until: string;
  readonly planned: PlannedRun;
}

const SHOW_EVERY_MS = 1_000;
/** A node without an answer must not block the sealing of the other logs. */
const GIVE_UP_AFTER_ATTEMPTS = 4;

/**
 * Reads one run of a container into the bundle. A log that cannot be read does not fail the collection: the
 * manifest names it, and the next collection continues from the same position.
 */
export async function collectOne(
  ports: LogPorts,
  input: RunToCollect,
  attempt: Attempt,
): Promise<CollectedSource> {
  const { planned } = input;
  const locate = () => locateRun(ports.target.cluster, planned.run, attempt.signal);
  try {
    for (let at = await locate(); ;) {
      const collected = await collectAt(ports, input, { at, attempt });
      const after = await locate();
      // If the run has moved while it was read, the lines may belong to the run after it.
      if (after === at || after === 'gone') {
        ports.target.at(`collected ${planned.run.pod}/${planned.run.container}`);
        return collected;
      }
      at = after;
    }
  } catch (error) {
    if (attempt.signal.aborted || !(error instanceof ClusterFailure)) throw error;
    if (isPassing(error) && attempt.number < GIVE_UP_AFTER_ATTEMPTS) throw error;
    return failedRun(planned, error);
  }
}

interface RunAttempt {
  readonly at: RunLocation;
  readonly attempt: Attempt;
}

async function collectAt(
  ports: LogPorts,
  { bundle, until, planned }: RunToCollect,
  { at, attempt }: RunAttempt,
): Promise<CollectedSource> {
  const isPrevious = at === 'previous';
  const hasEnded = planned.hasEnded || isPrevious || at === 'replaced';
  const input = { bundle, until, planned: { ...planned, isPrevious, hasEnded } };
  const result = emptyReadResult(planned.cursor);
  const recorder = recorderFor(planned.run);
  const redactor = redactorFor(ports.settings.redact, planned.cursor, { result, recorder });
  const packed: Packed = { fileBytes: 0, sha256: '' };
  const isThere = isPrevious || at === 'present';
  const read = readBlocks(ports, input, { result, redactor, attempt, isThere });
  const blocks = showingProgress(read, result, attempt);
  const isEmpty = await storeBlocks(ports, input, { blocks, packed, signal: attempt.signal });
  const file = { file: planned.file, ...packed };
  if (recorder !== undefined && !isEmpty) ports.auditCache.keep(bundle, file, recorder);
  result.cursor = withMemory(result.cursor, redactor.memory());
  return summarizeRun(input.planned, result, {
    redactions: redactor.counts(),
    ...(isEmpty ? {} : { kept: file }),
  });
}

function readBlocks(
  { target, settings }: LogPorts,
  { planned, until }: RunToCollect,
  { result, redactor, attempt, isThere }: BlockReading,
): AsyncIterable<Buffer> {
  const { run, isPrevious, hasEnded, cursor, since } = planned;
  const { namespace, pod, container } = run;
  const call = { namespace, pod, container, previous: isPrevious };
  return readRun(
    {
      open: async (asked, signal) =>
        isThere ? openPodLog(target.cluster, { ...call, ...asked }, signal) : undefined,
      cursor,
      since,
      startedAt: run.startedAt,
      until,
      hasEnded,
      limits: settings.limits,
      redactor,
      signal: attempt.signal,
      mayPass: (error) => isPassing(error) || isRestarting(error, result, attempt),
    },
    result,
  );
}

interface BlockReading {
  readonly result: ReadResult;
  readonly redactor: Redactor;
  readonly attempt: Attempt;
  /** Whether the API can return a log of this run. */
  readonly isThere: boolean;
}

// After a restart the API server refuses all requests until it has read the RBAC rules. So a refusal is
// final at the first request, but not after a stream has broken off.
function isRestarting(error: unknown, result: ReadResult, attempt: Attempt): boolean {
  if (!(error instanceof ClusterFailure)) return false;
  const isRefusal = error.failureCause === 'forbidden' || error.failureCause === 'unauthorized';
  return isRefusal && (result.reopened > 0 || attempt.number > 1);
}

async function* showingProgress(
  blocks: AsyncIterable<Uint8Array>,
  result: ReadResult,
  { show }: Attempt,
): AsyncGenerator<Uint8Array> {
  let shownAt = 0;
  for await (const block of blocks) {
    if (Date.now() - shownAt > SHOW_EVERY_MS) {
      shownAt = Date.now();
      show({ lines: result.lines, bytes: result.bytes });
    }
    yield block;
  }
}

// A run without new lines leaves no file. Resolves to whether that is so.
async function storeBlocks(
  { archive, target }: LogPorts,
  { bundle, planned }: RunToCollect,
  content: {
    readonly blocks: AsyncGenerator<Uint8Array>;
    readonly packed: Packed;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const first = await content.blocks.next();
  if (first.done === true) return true;
  const all = pack(withFirst(first.value, content.blocks), content.packed);
  const key = bundleFileKey({ ...archive, target: target.name }, bundle, planned.file);
  await archive.write(key, all, content.signal);
  return false;
}

async function* withFirst<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function summarizeRun(
  planned: PlannedRun,
  result: ReadResult,
  kept: Pick<Source, 'redactions'> & Partial<Pick<Source, 'kept'>>,
): CollectedSource {
  const { run, since, hasEnded } = planned;
  const { cursor } = result;
  const isCut = since !== undefined && result.lines > 0;
  const window = { limit: 'window', count: 0, detail: `lines before ${since} were not asked for` };
  const source: Source = {
    ...emptySource(planned),
    ...kept,
    lines: result.lines,
    bytes: result.bytes,
    ...timesOf(result),
    gaps: result.gaps,
    caps: isCut ? [{ ...window, limit: 'window' }, ...result.caps] : result.caps,
  };
  // A run that is gone keeps no position. A run that has ended keeps it as long as its pod exists.
  if (result.isGone && !hasEnded) return { source };
  const complete = hasEnded && (result.isComplete || result.isGone);
  return { source, place: { ...run, ...(cursor === undefined ? {} : { cursor }), complete } };
}

function timesOf({ firstTime, cursor, lines }: ReadResult): Pick<Source, 'firstTime' | 'lastTime'> {
  return {
    ...(firstTime === undefined ? {} : { firstTime }),
    ...(cursor === undefined || lines === 0 ? {} : { lastTime: cursor.time }),
  };
}

function failedRun(planned: PlannedRun, error: ClusterFailure): CollectedSource {
  const { run, cursor } = planned;
  const failure = toFailure(error);
  const type =
    typeof failure === 'object' && failure !== null && 'type' in failure
      ? String(failure.type)
      : 'ServerError';
  return {
    source: { ...emptySource(planned), failure: { type, message: error.message } },
    place: { ...run, ...(cursor === undefined ? {} : { cursor }), complete: false },
  };
}

export function emptySource({ run, isPrevious }: Pick<PlannedRun, 'run' | 'isPrevious'>): Source {
  return {
    kind: 'container',
    namespace: run.namespace,
    pod: run.pod,
    container: run.container,
    run: run.run,
    previous: isPrevious,
    lines: 0,
    bytes: 0,
    gaps: [],
    caps: [],
    redactions: {},
  };
}
