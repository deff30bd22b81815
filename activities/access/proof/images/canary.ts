import { createFinding } from '../../../../src/domain/finding.ts';
import { ClusterFailure } from '../../../../src/kubernetes/api/failure.ts';
import type { Cluster } from '../../../../src/kubernetes/api/cluster.ts';
import {
  canaryStream,
  deleteCanary,
  isInTheWay,
  makeCanaryStream,
} from '../../../../src/access/canaries.ts';
import type { Canary } from '../../../../src/access/canaries.ts';
import type { ProofMark } from '../../../../src/openshift/tokens.ts';
import type { Access } from '../../../../src/access/model/access.ts';
import { planProof } from '../../../../src/access/model/proof/plan.ts';
import { PurserError } from '../../../../src/domain/errors.ts';
import { CANARY } from '../../../../src/registry/canary.ts';
import type { RegistrySession } from '../../../../src/registry/session.ts';
import type { Target } from '../../../target.ts';
import type { Trial } from '../context.ts';
import type { StepResult } from '../steps.ts';

/** The canary's tag. */
export const TAG = 'probe';

/** A repository of the proof's own that holds no image: a pull from it tests only the right. */
export function absentIn({ proof }: ProofMark, namespace: string): string {
  return `${namespace}/purser-absent-${proof}`;
}

/** The canary of a proof in a namespace. */
export function canaryOf(mark: ProofMark, namespace: string): Canary {
  return { ...mark, namespace, image: CANARY.manifest.digest };
}

/**
 * Makes the marked stream for a canary with the rights of the account that pushes it. If it may not, the
 * push shows that. Resolves to why nothing can be tried, if a stranger's stream has that name.
 */
export async function prepareCanary(
  { cluster }: Target,
  canary: Canary,
  pusher: Cluster,
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  try {
    await makeCanaryStream(pusher, canary, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error;
    if (error.status === 403) return undefined;
    if (error.status !== 409) throw error;
    if (!(await isInTheWay(cluster, canary, signal))) return undefined;
    const name = `${canary.namespace}/${canaryStream(canary.proof)}`;
    return {
      outcome: 'not-tried',
      cause: 'probe',
      detail: `the image stream ${name} is there and is not Purser's; delete it (oc delete imagestream ${canaryStream(canary.proof)} -n ${canary.namespace}), then start again`,
    };
  }
}

/** Pushes the canary: both blobs, always uploaded and never mounted, then the manifest. */
export async function pushCanary(
  session: RegistrySession,
  repository: string,
  signal: AbortSignal,
): Promise<void> {
  await session.putBlob(repository, CANARY.config.bytes, signal);
  await session.putBlob(repository, CANARY.layer.bytes, signal);
  await session.putManifest(repository, TAG, CANARY.manifest, signal);
}

/** Deletes the canary's stream. A failure becomes a finding, and says nothing about the subject. */
export async function removeCanary(
  { target, mark, addFinding }: Pick<Trial, 'target' | 'mark' | 'addFinding'>,
  namespace: string,
): Promise<void> {
  try {
    // Not under the activity's signal: a cancelled proof leaves nothing, too.
    await deleteCanary(target.cluster, canaryOf(mark, namespace));
  } catch (error) {
    if (!(error instanceof ClusterFailure || error instanceof PurserError)) throw error;
    const stream = canaryStream(mark.proof);
    const text = `the canary stays in ${namespace}: ${error.message}`;
    const advice = `oc delete imagestream ${stream} -n ${namespace}`;
    addFinding(createFinding('warning', 'probe', text, advice));
  }
}

/** Deletes what is left of a proof's canaries. Resolves to what stays, in sentences. */
export async function cleanUpCanaries(
  { cluster, proof }: Target,
  accesses: readonly Access[],
  mark: ProofMark,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isUsed = proof.mintTokens || proof.canary || proof.serviceAccountTokens.length > 0;
  const notes = placesOf(accesses).map((namespace) =>
    cleanUpIfPermitted(isUsed, `image streams of ${namespace}`, async () => {
      const canary = canaryOf(mark, namespace);
      if (await deleteCanary(cluster, canary, signal)) return [];
      return [
        `${namespace}/${canaryStream(mark.proof)} stays: it has the name of a canary, but Purser did not make it`,
      ];
    }),
  );
  return (await Promise.all(notes)).flat();
}

/**
 * Cleans up, also if today's settings make no such objects any more. Only then a missing right is no
 * failure: resolves to what was not checked.
 */
export async function cleanUpIfPermitted(
  isUsed: boolean,
  what: string,
  clean: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await clean();
  } catch (error) {
    const isForbidden = error instanceof ClusterFailure && error.status === 403;
    if (isUsed || !isForbidden) throw error;
    return [
      `${what} were not checked: the settings that make any are off, and Purser lacks the right (${error.message})`,
    ];
  }
}

/** The namespaces in which a proof of these accesses may have put a canary. */
function placesOf(accesses: readonly Access[]): readonly string[] {
  const places = planProof(accesses).flatMap((act) =>
    act.do === 'push' || act.do === 'pull' ? [act.namespace] : [],
  );
  return [...new Set(places)];
}
