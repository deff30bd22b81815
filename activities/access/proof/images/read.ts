import type { ImageName } from '../../../../src/openshift/images.ts';
import type { Cause } from '../../../../src/domain/cause.ts';
import { RegistryFailure } from '../../../../src/registry/failure.ts';
import type { Descriptor } from '../../../../src/registry/manifests.ts';
import type { RegistrySession } from '../../../../src/registry/session.ts';
import type { Trial } from '../context.ts';

/**
 * The time for all images of one proof, in milliseconds. Images are content of strangers: with a time
 * for each, a namespace full of slow ones would outlast the proof's token.
 */
export const READING_WITHIN_MS = 120_000;

const IMAGE_WITHIN_MS = 60_000;
// The onboarding of a hundred people must not download a large image a hundred times.
const BLOBS_AT_MOST_BYTES = 8 * 1024 * 1024;
// A manifest may list thousands of small layers.
const BLOBS_AT_MOST = 20;

/** What was read of an image, or why it could not be read, which is no fault of the subject. */
export type ImageRead = { readonly summary: string } | { readonly unreadable: string };

/**
 * Reads an image with the subject's login: its manifest and its smallest blobs, and compares the
 * digests. Throws a RegistryFailure if the pull is refused, or the registry is unavailable.
 */
export async function tryImage(
  { session, origin, signal, readingBudget }: Trial,
  namespace: string,
  { stream, tag }: ImageName,
): Promise<ImageRead> {
  // A timer takes whole milliseconds; the rest of the budget may be a fraction.
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

// Causes in the image itself or in its storage. A refusal is about the subject. No response and too many
// requests are about the connection.
const OF_IMAGE: readonly Cause[] = ['storage', 'not-found', 'configuration', 'server-error'];
const NO_ANSWER: readonly Cause[] = ['tcp', 'timeout'];

/** Whether a failure is about the image or its storage, and not about the registry or the subject. */
async function isOfImage(
  { tried, failureCause, code, isOfFront }: RegistryFailure,
  { session, origin, signal }: Pick<Trial, 'session' | 'origin' | 'signal'>,
): Promise<boolean> {
  // The registry redirects readers to an object storage with a name of its own.
  if (tried.origin !== origin) return true;
  if (isOfFront) return false;
  // From the upstream registry of the image; the registry's own limit has no code (openshift-facts.md 1.9).
  if (code === 'TOOMANYREQUESTS') return true;
  if (OF_IMAGE.includes(failureCause)) return true;
  if (!NO_ANSWER.includes(failureCause)) return false;
  // If the registry still responds, only this image's file in the storage is the problem.
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

/** A manifest may list one layer many times; a client fetches it once. */
function distinct(blobs: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

/** The smallest blobs, as many as fit; if no layer is among them, also the smallest that is too large. */
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
