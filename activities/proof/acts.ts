import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/cluster/api/cluster.ts';
import { canaryStream, deleteCanary } from '../../src/cluster/canaries.ts';
import { findPushedImage } from '../../src/cluster/images.ts';
import type { ProofMark } from '../../src/cluster/tokens.ts';
import { ClusterFailure } from '../../src/cluster/api/failure.ts';
import type { Act } from '../../src/domain/proof-plan.ts';
import { CANARY } from '../../src/registry/canary.ts';
import { RegistryFailure } from '../../src/registry/failure.ts';
import { parseMetrics } from '../../src/registry/metrics-text.ts';
import type { Session } from '../../src/registry/session.ts';
import type { Target } from '../target.ts';
import { canaryOf, prepareCanary } from './canary.ts';
import type { Told } from './steps.ts';

// Another API server than the one that took the binding may need a moment to know it; the effect was
// measured at 0.1 s (openshift-facts.md 10.5).
const GRANT_ARRIVES_WITHIN_MS = 3_000;
const BLOBS_AT_MOST_BYTES = 8 * 1024 * 1024;
/** The canary’s tag. */
export const TAG = 'probe';

/** One act of a proof, with the subject's login. */
export interface Trial {
  readonly target: Target;
  readonly session: Session;
  /** The cluster's API with the subject's rights. */
  readonly asSubject: Cluster;
  /** What the canary is marked with; its stream is {@link canaryStream}. */
  readonly mark: ProofMark;
  /** Pushes the canary with Purser's own rights; undefined where that is not wanted. */
  readonly lendCanary: ((namespace: string) => Promise<Told | undefined>) | undefined;
  readonly signal: AbortSignal;
}

/** Carries out one act that must be allowed. Throws a RegistryFailure where it is not. */
export async function perform(trial: Trial, act: Act): Promise<Told> {
  if (act.do === 'metrics') return settled(trial.signal, () => readMetrics(trial));
  if (act.do === 'push') return settled(trial.signal, () => push(trial, act.namespace));
  if (act.do === 'pull') return settled(trial.signal, () => pull(trial, act.namespace));
  throw new RangeError(`${act.do} is not an act that must be allowed`);
}

/** Pushes the canary: both blobs, always uploaded and never mounted, then the manifest. */
export async function pushCanary(
  session: Session,
  repository: string,
  signal: AbortSignal,
): Promise<void> {
  await session.putBlob(repository, CANARY.config.bytes, signal);
  await session.putBlob(repository, CANARY.layer.bytes, signal);
  await session.putManifest(repository, TAG, CANARY.manifest, signal);
}

async function push(trial: Trial, namespace: string): Promise<Told> {
  const { target, session, asSubject, mark, signal } = trial;
  const repository = `${namespace}/${canaryStream(mark.proof)}`;
  const canary = canaryOf(mark, namespace);
  try {
    const why = await prepareCanary(target, canary, asSubject, signal);
    if (why !== undefined) return why;
    await pushCanary(session, repository, signal);
    target.at('canary pushed');
    const { digest } = await session.getManifest(repository, TAG, signal);
    if (digest !== CANARY.manifest.digest) {
      return {
        outcome: 'failed',
        cause: 'storage',
        detail: `${repository}:${TAG} came back as ${digest} and was pushed as ${CANARY.manifest.digest}`,
      };
    }
    await session.getBlob(repository, CANARY.layer, signal);
    return { detail: `the canary was pushed to ${repository}, pulled back and compared` };
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.why !== 'quota') throw error;
    return { outcome: 'not-tried', cause: 'quota', detail: error.message };
  } finally {
    await deleteCanary(target.cluster, canary);
  }
}

async function pull(trial: Trial, namespace: string): Promise<Told> {
  const { target, session, mark, lendCanary, signal } = trial;
  const image = await findPushedImage(target.cluster, namespace, signal).catch(noneWhereForbidden);
  if (image !== undefined) {
    const repository = `${namespace}/${image.stream}`;
    const read = await pullImage(session, repository, image.tag, signal);
    return { detail: `${repository}:${image.tag} was pulled and compared (${read})` };
  }
  if (lendCanary === undefined) return pullNothing(session, namespace, signal);
  try {
    const refused = await lend(() => lendCanary(namespace));
    if (refused !== undefined) return refused;
    const read = await pullImage(session, `${namespace}/${canaryStream(mark.proof)}`, TAG, signal);
    return { detail: `the canary, put there by Purser, was pulled and compared (${read})` };
  } finally {
    await deleteCanary(target.cluster, canaryOf(mark, namespace));
  }
}

/** Purser's own lack of a right says nothing about the subject's, and must not undo their grant. */
async function lend(canary: () => Promise<Told | undefined>): Promise<Told | undefined> {
  try {
    return await canary();
  } catch (error) {
    const isOurs =
      error instanceof RegistryFailure &&
      (error.why === 'forbidden' || error.why === 'unauthorized');
    if (!isOurs) throw error;
    return {
      outcome: 'not-tried',
      cause: 'probe',
      detail: `Purser may not push the canary (${error.message}); apply deploy/rbac/option-canary.yaml there, or switch off proof.canary`,
    };
  }
}

// The registry judges the right before it looks whether the image is there (openshift-facts.md 1.6):
// its "not found" is an authorisation granted.
async function pullNothing(
  session: Session,
  namespace: string,
  signal: AbortSignal,
): Promise<Told> {
  try {
    await session.getManifest(`${namespace}/purser-absent`, TAG, signal);
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.why !== 'not-found') throw error;
  }
  return {
    detail: `${namespace} holds no image to pull; the registry authorised the pull of one that is not there (404)`,
  };
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
  const bySize = all.toSorted((one, other) => one.size - other.size);
  // Whoever onboards a hundred people does not want a hundred downloads of a large image.
  let total = 0;
  const chosen = bySize.filter(({ size }, index) => {
    total += size;
    return index < 2 || total <= BLOBS_AT_MOST_BYTES;
  });
  for (const blob of chosen) {
    // One at a time: this is a proof, not a download
    await session.getBlob(repository, blob, signal);
  }
  return `manifest and ${chosen.length} of ${all.length} blobs`;
}

async function readMetrics({ session, signal }: Trial): Promise<Told> {
  const { samples } = parseMetrics(await session.metrics(signal));
  return { detail: `/extensions/v2/metrics answered with ${samples.length} samples` };
}

/** Tries again while the grant may not have arrived everywhere yet. */
async function settled(signal: AbortSignal, act: () => Promise<Told>): Promise<Told> {
  const until = Date.now() + GRANT_ARRIVES_WITHIN_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const isDenied = error instanceof RegistryFailure && error.why === 'forbidden';
      if (!isDenied || Date.now() >= until) throw error;
      await sleep(100, undefined, { signal });
    }
  }
}

function noneWhereForbidden(error: unknown): undefined {
  if (error instanceof ClusterFailure && error.status === 403) return undefined;
  throw error;
}
