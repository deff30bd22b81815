import { CallFailure } from '../../../../src/domain/wire/call-failure.ts';
import { createFinding } from '../../../../src/domain/finding.ts';
import { ClusterFailure } from '../../../../src/kubernetes/api/failure.ts';
import { canaryStream } from '../../../../src/access/canaries.ts';
import { findPushedImages } from '../../../../src/openshift/images.ts';
import type { ImageName } from '../../../../src/openshift/images.ts';
import { PurserError } from '../../../../src/domain/errors.ts';
import { parseImage } from '../../../../src/access/model/proof/image.ts';
import { RegistryFailure } from '../../../../src/registry/failure.ts';
import { absentIn, TAG, removeCanary } from './canary.ts';
import type { Trial } from '../context.ts';
import type { StepResult } from '../steps.ts';
import { imageName, READING_WITHIN_MS, tryImage } from './read.ts';

const IMAGES_AT_MOST = 5;

/**
 * Pulls from a namespace: the requested image, else one that was pushed there, else a canary of Purser,
 * else an image that does not exist. A broken or slow image is no fault of the subject: it becomes a
 * finding, and the next one is tried. Throws a RegistryFailure if the pull is not allowed.
 */
export async function pull(trial: Trial, namespace: string): Promise<StepResult> {
  const chosen = trial.image === undefined ? undefined : parseImage(trial.image);
  if (chosen !== undefined && (chosen.namespace ?? namespace) === namespace) {
    return pullChosen(trial, namespace, chosen);
  }
  const why = await pullPushed(trial, namespace);
  if (typeof why !== 'string') return why;
  const canaryResult = isUsedUp(trial) ? undefined : await pullCanary(trial, namespace);
  return canaryResult ?? pullAbsent(trial, namespace, why);
}

/** Pulls the first image that can be read. Resolves to a sentence if there is none. */
async function pullPushed(trial: Trial, namespace: string): Promise<StepResult | string> {
  const images = isUsedUp(trial) ? [] : await listImages(trial, namespace);
  for (const image of images) {
    if (isUsedUp(trial)) break;
    // One at a time: most often the first is enough
    const read = await tryImage(trial, namespace, image);
    if ('summary' in read) return { detail: describePull(namespace, image, read.summary) };
    const text = `${imageName(namespace, image)} cannot be read, so the pull was tried without it: ${read.unreadable}`;
    trial.addFinding(createFinding('warning', 'storage', text));
  }
  if (isUsedUp(trial)) {
    return `the ${READING_WITHIN_MS / 1_000} s for reading images in one proof are used up`;
  }
  return images.length === 0
    ? `${namespace} holds no image to pull`
    : `none of the ${images.length} images that were tried in ${namespace} could be read`;
}

function isUsedUp({ readingBudget }: Trial): boolean {
  return readingBudget.leftMs <= 0;
}

/** A requested image has its own time, which the other images cannot use up. */
async function pullChosen(trial: Trial, namespace: string, image: ImageName): Promise<StepResult> {
  const read = await tryImage({ ...trial, readingBudget: trial.chosenBudget }, namespace, image);
  if ('summary' in read) return { detail: describePull(namespace, image, read.summary) };
  return {
    outcome: 'not-tried',
    detail: `${imageName(namespace, image)} was requested and cannot be read (${read.unreadable}); name another with --image, or leave it out`,
  };
}

/** Purser lists with its own rights: a failure says nothing about the subject. */
async function listImages(
  { target, addFinding, signal }: Trial,
  namespace: string,
): Promise<readonly ImageName[]> {
  try {
    return await findPushedImages(target.cluster, namespace, IMAGES_AT_MOST, signal);
  } catch (error) {
    if (!(error instanceof ClusterFailure || error instanceof PurserError)) throw error;
    // An older role of Purser's lacks the right, and the proof by an absent image does not need it.
    if (!(error instanceof ClusterFailure && error.status === 403)) {
      const text = `the images of ${namespace} could not be listed: ${error.message}`;
      addFinding(createFinding('unknown', 'probe', text));
    }
    return [];
  }
}

/** Pushes a canary with Purser's own rights, and pulls it; undefined if that was not possible. */
async function pullCanary(trial: Trial, namespace: string): Promise<StepResult | undefined> {
  const { mark, pushOwnCanary, addFinding } = trial;
  if (pushOwnCanary === undefined) return undefined;
  try {
    const failure = await pushOwnCanary(namespace).then(
      () => undefined,
      (error: unknown) => explainOwnFailure(error, trial.signal),
    );
    if (failure !== undefined) {
      const text = `Purser could not lend ${namespace} a canary: ${failure}`;
      addFinding(createFinding('unknown', 'probe', text));
      return undefined;
    }
    const read = await tryImage(trial, namespace, {
      stream: canaryStream(mark.proof),
      tag: TAG,
    });
    if ('summary' in read) {
      return {
        detail: `the canary, put there by Purser, was pulled and compared (${read.summary})`,
      };
    }
    const text = `the canary that Purser put into ${namespace} cannot be read: ${read.unreadable}`;
    addFinding(createFinding('warning', 'storage', text));
    return undefined;
  } finally {
    await removeCanary(trial, namespace);
  }
}

function explainOwnFailure(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (error instanceof CallFailure) {
    const isPolicy = error instanceof ClusterFailure && error.refusal !== undefined;
    const isRight = error.failureCause === 'forbidden' && !isPolicy;
    return isRight ? `${error.message}; ${NEEDS_RIGHTS}` : error.message;
  }
  if (error instanceof PurserError) return error.message;
  throw error;
}

const NEEDS_RIGHTS = 'proof.canary needs deploy/rbac/option-canary.yaml there';

// The registry checks the right before it checks whether the image exists (openshift-facts.md 1.6): its
// "not found" means that the pull was authorised. The name is the proof's own: under a predictable name
// a stranger could put an image that cannot be read.
async function pullAbsent(
  { session, mark, signal }: Trial,
  namespace: string,
  why: string,
): Promise<StepResult> {
  try {
    await session.getManifest(absentIn(mark, namespace), TAG, signal);
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.failureCause !== 'not-found') throw error;
  }
  return {
    detail: `${why}; the registry authorised the pull of one that is not there (404)`,
  };
}

function describePull(namespace: string, image: ImageName, read: string): string {
  return `${imageName(namespace, image)} was pulled and compared (${read})`;
}
