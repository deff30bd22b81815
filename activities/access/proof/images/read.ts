import type { ImageName } from '../../../../src/openshift/images.ts';
import type { Cause } from '../../../../src/domain/cause.ts';
import { RegistryFailure } from '../../../../src/registry/failure.ts';
import type { Descriptor } from '../../../../src/registry/manifests.ts';
import type { RegistrySession } from '../../../../src/registry/session.ts';
import type { Trial } from '../context.ts';

/**
 * What reading images may take in one proof, in milliseconds. Images are content of strangers: were
 * each given its own time, a namespace full of slow ones would outlast the proof's token.
 */
export const READING_WITHIN_MS = 120_000;

const IMAGE_WITHIN_MS = 60_000;
// Whoever onboards a hundred people does not want a hundred downloads of a large image.
const BLOBS_AT_MOST_BYTES = 8 * 1024 * 1024;
// A manifest may list thousands of small layers.
const BLOBS_AT_MOST = 20;

/** What was read of an image, or why it could not be read, which is no fault of whoever reads it. */
export type ImageRead = { readonly summary: string } | { readonly unreadable: string };

/**
 * Reads an image with the subject's login: its manifest, its smallest blobs whole and compared. Throws
 * a RegistryFailure where the pull is refused, or where the registry is not to be had.
 */
export async function tryImage(
  { session, origin, signal, readingBudget }: Trial,
  namespace: string,
  { stream, tag }: ImageName,
): Promise<ImageRead> {
  // A timer takes whole milliseconds, and what earlier images have left is none.
  const withinMs = Math.ceil(Math.min(IMAGE_WITHIN_MS, readingBudget.leftMs));
  if (withinMs <= 0)
    return { unreadable: `the ${seconds(READING_WITHIN_MS)} of a proof are used up` };
  const deadline = AbortSignal.timeout(withinMs);
  const within = AbortSignal.any([signal, deadline]);
  const began = performance.now();
  try {
    return { summary: await pullImage(session, `${namespace}/${stream}`, tag, within) };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return { unreadable: `not read within ${seconds(withinMs)}` };
    if (!(error instanceof RegistryFailure)) throw error;
    if (await isOfImage(error, { session, origin, signal })) return { unreadable: error.message };
    throw error;
  } finally {
    readingBudget.leftMs -= performance.now() - began;
  }
}

// What is the image's own fault, or its storage's. A refusal is the subject's; no answer, and too many
// requests, are the way there.
const OF_IMAGE: readonly Cause[] = ['storage', 'not-found', 'configuration', 'server-error'];
const NO_ANSWER: readonly Cause[] = ['tcp', 'timeout'];

/** Whether a failure is the image's, or its storage's, and not the registry's or the subject's. */
async function isOfImage(
  { tried, failureCause, code, isOfFront }: RegistryFailure,
  { session, origin, signal }: Pick<Trial, 'session' | 'origin' | 'signal'>,
): Promise<boolean> {
  // The object storage that the registry sends readers to has a name of its own.
  if (tried.origin !== origin) return true;
  if (isOfFront) return false;
  // Of whom the registry imports the image from; its own limit comes without a code (openshift-facts.md 1.9).
  if (code === 'TOOMANYREQUESTS') return true;
  if (OF_IMAGE.includes(failureCause)) return true;
  if (!NO_ANSWER.includes(failureCause)) return false;
  // One file that the registry's storage hangs on is broken; a registry that is away is not.
  const isThere = session.stillLoggedIn(signal);
  return isThere.catch((error: unknown) => {
    if (error instanceof RegistryFailure) return false;
    throw error;
  });
}

async function pullImage(
  session: RegistrySession,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<string> {
  const { content } = await session.getManifest(repository, reference, signal);
  if (content.kind === 'index') {
    const [first] = content.manifests;
    return first === undefined
      ? 'an index without images'
      : pullImage(session, repository, first.digest, signal);
  }
  const all = distinct([content.config, ...content.layers]);
  const { whole, large } = choose(all);
  for (const blob of whole) {
    // One at a time: this is a proof, not a download
    await session.getBlob(repository, blob, signal);
  }
  const read = `manifest and ${whole.length} of ${all.length} blobs`;
  if (large === undefined) return read;
  await session.peekBlob(repository, large, signal);
  return `${read}, and the start of a large one`;
}

/** One layer may be listed as often as somebody likes; a client fetches it once. */
function distinct(blobs: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

/** The smallest blobs, as many as fit; where no layer is among them, the smallest that is too large. */
function choose(all: readonly Descriptor[]) {
  const bySize = all.toSorted((one, other) => one.size - other.size);
  let total = 0;
  const small = bySize.filter(({ size }) => (total += size) <= BLOBS_AT_MOST_BYTES);
  const whole = small.slice(0, BLOBS_AT_MOST);
  return { whole, large: whole.length < 2 ? bySize[whole.length] : undefined };
}

/** An image as people write it. */
export function imageName(namespace: string, { stream, tag }: ImageName): string {
  return `${namespace}/${stream}:${tag}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
