import { ClusterFailure } from '../../src/cluster/api/failure.ts';
import { findPushedImages } from '../../src/cluster/images.ts';
import type { ImageName } from '../../src/cluster/images.ts';
import type { Cause } from '../../src/domain/cause.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { parseImage } from '../../src/domain/proof/image.ts';
import { RegistryFailure } from '../../src/registry/failure.ts';
import type { Descriptor } from '../../src/registry/manifests.ts';
import type { Session } from '../../src/registry/session.ts';
import { TAG, tidy } from './canary.ts';
import type { Told } from './steps.ts';
import type { Trial } from './course.ts';

const IMAGES_AT_MOST = 5;
const IMAGE_WITHIN_MS = 60_000;
// Whoever onboards a hundred people does not want a hundred downloads of a large image.
const BLOBS_AT_MOST_BYTES = 8 * 1024 * 1024;

/**
 * Pulls from a namespace: the image that was asked for, else one that was pushed there, else a canary
 * that Purser lends, else one that is not there. An image that is broken is none of the subject's: it is
 * told as a finding, and the next is tried. Throws a RegistryFailure where the pull is not allowed.
 */
export async function pull(trial: Trial, namespace: string): Promise<Told> {
  const chosen = trial.image === undefined ? undefined : parseImage(trial.image);
  if (chosen !== undefined && (chosen.namespace ?? namespace) === namespace) {
    return pullChosen(trial, namespace, chosen);
  }
  const images = await listImages(trial, namespace);
  for (const image of images) {
    // One at a time: most often the first is enough
    const read = await tryImage(trial, namespace, image);
    if ('what' in read) return { detail: pulled(namespace, image, read.what) };
    trial.find(`${nameOf(namespace, image)} is broken, and another was tried: ${read.broken}`);
  }
  const lent = await pullCanary(trial, namespace);
  if (lent !== undefined) return lent;
  const why =
    images.length === 0
      ? `${namespace} holds no image to pull`
      : `none of the ${images.length} images that were tried in ${namespace} could be read`;
  return pullNothing(trial, namespace, why);
}

/** Whoever names an image wants to know of that one. */
async function pullChosen(trial: Trial, namespace: string, image: ImageName): Promise<Told> {
  const read = await tryImage(trial, namespace, image);
  if ('what' in read) return { detail: pulled(namespace, image, read.what) };
  return {
    outcome: 'not-tried',
    detail: `${nameOf(namespace, image)} was asked for and cannot be read (${read.broken}); name another with --image, or leave it out`,
  };
}

/** The listing is with Purser's own rights: what goes wrong there says nothing about the subject. */
async function listImages(
  { target, find, signal }: Trial,
  namespace: string,
): Promise<readonly ImageName[]> {
  try {
    return await findPushedImages(target.cluster, namespace, IMAGES_AT_MOST, signal);
  } catch (error) {
    if (!(error instanceof ClusterFailure || error instanceof PurserError)) throw error;
    // An older role of Purser's lacks the right; the proof by an absent image needs none.
    if (!(error instanceof ClusterFailure && error.status === 403)) {
      find(`the images of ${namespace} could not be listed: ${error.message}`);
    }
    return [];
  }
}

/** With Purser's own rights again; undefined where it did not come to a pull. */
async function pullCanary(trial: Trial, namespace: string): Promise<Told | undefined> {
  const { stream, lendCanary, find } = trial;
  if (lendCanary === undefined) return undefined;
  try {
    const trouble = await lendCanary(namespace).then(
      () => undefined,
      (error: unknown) => tellOurs(error, trial.signal),
    );
    if (trouble !== undefined) {
      find(
        `Purser could not lend ${namespace} a canary: ${trouble}; proof.canary needs deploy/rbac/option-canary.yaml there`,
      );
      return undefined;
    }
    const read = await tryImage(trial, namespace, { stream, tag: TAG });
    if ('what' in read) {
      return { detail: `the canary, put there by Purser, was pulled and compared (${read.what})` };
    }
    find(`the canary that Purser put into ${namespace} cannot be read: ${read.broken}`);
    return undefined;
  } finally {
    await tidy(trial, namespace);
  }
}

function tellOurs(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  const isKnown = [RegistryFailure, ClusterFailure, PurserError].some(
    (kind) => error instanceof kind,
  );
  if (isKnown && error instanceof Error) return error.message;
  throw error;
}

// The registry judges the right before it looks whether the image is there (openshift-facts.md 1.6):
// its "not found" is an authorisation granted.
async function pullNothing(
  { session, signal }: Trial,
  namespace: string,
  why: string,
): Promise<Told> {
  try {
    await session.getManifest(`${namespace}/purser-absent`, TAG, signal);
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.why !== 'not-found') throw error;
  }
  return {
    detail: `${why}; the registry authorised the pull of one that is not there (404)`,
  };
}

// What is the image's own fault, or its storage's. A refusal is the subject's; no answer, and too many
// requests, are the way there.
const BROKEN: readonly Cause[] = ['storage', 'not-found', 'configuration', 'server-error'];

type Read = { readonly what: string } | { readonly broken: string };

async function tryImage(
  { session, origin, signal }: Trial,
  namespace: string,
  { stream, tag }: ImageName,
): Promise<Read> {
  const deadline = AbortSignal.timeout(IMAGE_WITHIN_MS);
  const within = AbortSignal.any([signal, deadline]);
  try {
    return { what: await pullImage(session, `${namespace}/${stream}`, tag, within) };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return { broken: `not read within ${IMAGE_WITHIN_MS / 1_000} s` };
    if (!(error instanceof RegistryFailure)) throw error;
    // The object storage that the registry sends readers to has a name of its own.
    const isStorage = error.tried.origin !== origin;
    if (!isStorage && !BROKEN.includes(error.why)) throw error;
    return { broken: error.message };
  }
}

async function pullImage(
  session: Session,
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
  const all = [content.config, ...content.layers];
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

/** The smallest blobs, as many as fit; where no layer is among them, the smallest that is too large. */
function choose(all: readonly Descriptor[]) {
  const bySize = all.toSorted((one, other) => one.size - other.size);
  let total = 0;
  const whole = bySize.filter(({ size }) => (total += size) <= BLOBS_AT_MOST_BYTES);
  return { whole, large: whole.length < 2 ? bySize[whole.length] : undefined };
}

function pulled(namespace: string, image: ImageName, read: string): string {
  return `${nameOf(namespace, image)} was pulled and compared (${read})`;
}

function nameOf(namespace: string, { stream, tag }: ImageName): string {
  return `${namespace}/${stream}:${tag}`;
}
