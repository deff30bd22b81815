import { anything, path } from '../api/cluster.ts';
import type { Cluster } from '../api/cluster.ts';
import { isNotFound } from '../api/failure.ts';
import { listAll } from '../api/list.ts';
import { objectSchema } from '../api/objects.ts';
import type { Binding } from '../api/objects.ts';
import { LABELS } from '../labels.ts';

const OAUTH = ['apis', 'oauth.openshift.io', 'v1', 'oauthaccesstokens'] as const;
const STREAMS = ['apis', 'image.openshift.io', 'v1'] as const;

type Metadata = Binding['metadata'];

/** Something that a proof made, and where it is. */
export interface ProofThing {
  readonly metadata: Metadata;
  readonly path: string;
}

/** The Secrets that tokens of service accounts were bound to, in one namespace; their content is not read. */
export function listAnchors(
  cluster: Cluster,
  installation: string,
  namespace: string,
  signal?: AbortSignal,
): Promise<readonly ProofThing[]> {
  const secrets = ['api', 'v1', 'namespaces', namespace, 'secrets'] as const;
  return list(cluster, { path: path(...secrets), installation, signal }, ({ name }) =>
    path(...secrets, name),
  );
}

/** The tokens that were minted for proofs. */
export function listTokens(
  cluster: Cluster,
  installation: string,
  signal?: AbortSignal,
): Promise<readonly ProofThing[]> {
  return list(cluster, { path: path(...OAUTH), installation, signal }, ({ name }) =>
    path(...OAUTH, name),
  );
}

/** The image streams of canaries, in all namespaces. */
export function listCanaries(
  cluster: Cluster,
  installation: string,
  signal?: AbortSignal,
): Promise<readonly ProofThing[]> {
  const all = { path: path(...STREAMS, 'imagestreams'), installation, signal };
  return list(cluster, all, ({ namespace = '', name }) =>
    path(...STREAMS, 'namespaces', namespace, 'imagestreams', name),
  );
}

/**
 * Deletes a thing that is as it was listed: uid and resourceVersion are preconditions. Resolves to
 * false where it was gone already.
 */
export async function deleteThing(
  cluster: Cluster,
  { path: at, metadata }: ProofThing,
  signal?: AbortSignal,
): Promise<boolean> {
  const { uid, resourceVersion } = metadata;
  const preconditions = { uid, resourceVersion };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
  try {
    await cluster.call(anything, { method: 'DELETE', path: at, body, signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

interface Where {
  readonly path: string;
  readonly installation: string;
  readonly signal: AbortSignal | undefined;
}

async function list(
  cluster: Cluster,
  { path: at, installation, signal }: Where,
  pathOf: (metadata: Metadata) => string,
): Promise<readonly ProofThing[]> {
  const labelSelector = `${LABELS.installation}=${installation},${LABELS.proof}`;
  const query = { labelSelector };
  const found = await listAll(cluster, objectSchema, {
    path: at,
    query,
    signal,
    metadataOnly: true,
  });
  return found.map(({ metadata }) => ({ metadata, path: pathOf(metadata) }));
}
