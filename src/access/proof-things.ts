import { anything, path } from '../kubernetes/api/cluster.ts';
import type { Cluster } from '../kubernetes/api/cluster.ts';
import { isNotFound } from '../kubernetes/api/failure.ts';
import { listAll } from '../kubernetes/api/list.ts';
import { objectSchema } from '../kubernetes/api/objects.ts';
import type { Binding } from '../kubernetes/api/objects.ts';
import { proofIdOf } from './model/proof/id.ts';
import { canaryStream } from './canaries.ts';
import { ANNOTATIONS, LABELS } from '../kubernetes/labels.ts';
import { anchorName, OAUTH_CLIENT } from '../openshift/tokens.ts';

const OAUTH = ['apis', 'oauth.openshift.io', 'v1', 'oauthaccesstokens'] as const;
const STREAMS = ['apis', 'image.openshift.io', 'v1'] as const;

type Metadata = Binding['metadata'];

/** Something that a proof made, and where it is. */
export interface ProofThing {
  readonly metadata: Metadata;
  readonly path: string;
  /**
   * Whether it is what Purser makes for the proof of the run in its mark: by its label and name, or, of a
   * token, by its client. Marks alone come along with every copy, as a backup or a clone makes them.
   */
  readonly isOurs: boolean;
}

/** The Secrets that tokens of service accounts were bound to, in one namespace; their content is not read. */
export function listAnchors(
  cluster: Cluster,
  installation: string,
  namespace: string,
  signal?: AbortSignal,
): Promise<readonly ProofThing[]> {
  const secrets = ['api', 'v1', 'namespaces', namespace, 'secrets'] as const;
  return list(
    cluster,
    { path: path(...secrets), installation, signal },
    {
      pathOf: ({ name }) => path(...secrets, name),
      isOurs: ({ name }, proof) => name === anchorName(proof),
    },
  );
}

/** The tokens that were minted for proofs. */
export async function listTokens(
  cluster: Cluster,
  installation: string,
  signal?: AbortSignal,
): Promise<readonly ProofThing[]> {
  const where = { path: path(...OAUTH), installation, signal };
  // Metadata does not tell the client, which Purser may only select by: it holds `list`, and no `get`.
  const own = await listAll(cluster, objectSchema, {
    path: where.path,
    query: { ...queryFor(installation), fieldSelector: `clientName=${OAUTH_CLIENT}` },
    signal,
    metadataOnly: true,
  });
  const uids = new Set(own.map(({ metadata }) => metadata.uid));
  return list(cluster, where, {
    pathOf: ({ name }) => path(...OAUTH, name),
    isOurs: ({ uid }) => uid !== undefined && uids.has(uid),
  });
}

/** The image streams of canaries, in all namespaces. */
export function listCanaries(
  cluster: Cluster,
  installation: string,
  signal?: AbortSignal,
): Promise<readonly ProofThing[]> {
  const all = { path: path(...STREAMS, 'imagestreams'), installation, signal };
  return list(cluster, all, {
    pathOf: ({ namespace = '', name }) =>
      path(...STREAMS, 'namespaces', namespace, 'imagestreams', name),
    isOurs: ({ name }, proof) => name === canaryStream(proof),
  });
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

interface ListScope {
  readonly path: string;
  readonly installation: string;
  readonly signal: AbortSignal | undefined;
}

interface ThingKind {
  readonly pathOf: (metadata: Metadata) => string;
  readonly isOurs: (metadata: Metadata, proof: string) => boolean;
}

async function list(
  cluster: Cluster,
  { path: at, installation, signal }: ListScope,
  { pathOf, isOurs }: ThingKind,
): Promise<readonly ProofThing[]> {
  const query = queryFor(installation);
  const found = await listAll(cluster, objectSchema, {
    path: at,
    query,
    signal,
    metadataOnly: true,
  });
  return found.map(({ metadata }) => {
    const proof = proofIdOf(metadata.annotations?.[ANNOTATIONS.madeBy] ?? '');
    const isLabelled = metadata.labels?.[LABELS.proof] === proof;
    return { metadata, path: pathOf(metadata), isOurs: isLabelled && isOurs(metadata, proof) };
  });
}

function queryFor(installation: string): Readonly<Record<string, string>> {
  return { labelSelector: `${LABELS.installation}=${installation},${LABELS.proof}` };
}
