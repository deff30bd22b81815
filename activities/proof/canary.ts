import { ClusterFailure } from '../../src/cluster/api/failure.ts';
import { deleteStream } from '../../src/cluster/images.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { CANARY } from '../../src/registry/canary.ts';
import type { Session } from '../../src/registry/session.ts';
import type { Trial } from './course.ts';

/** The canary’s tag. */
export const TAG = 'probe';

/** The name of the stream for a proof's canary. */
export function canaryStream(proof: string): string {
  return `purser-canary-${proof}`;
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

/** Deletes the canary's stream. That it could not be deleted is told, and says nothing about the subject. */
export async function tidy(
  { target, stream, find }: Pick<Trial, 'target' | 'stream' | 'find'>,
  namespace: string,
): Promise<void> {
  try {
    // Not under the activity's signal: a cancelled proof leaves nothing, too.
    await deleteStream(target.cluster, namespace, stream);
  } catch (error) {
    if (!(error instanceof ClusterFailure || error instanceof PurserError)) throw error;
    find(
      `the canary stays in ${namespace}: ${error.message}; oc delete imagestream ${stream} -n ${namespace}`,
    );
  }
}
