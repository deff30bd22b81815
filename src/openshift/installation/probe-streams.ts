import { z } from 'zod';
import { anything, path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { metadataSchema } from '../../kubernetes/api/objects.ts';

const LABEL = 'purser.dev/probe';
const MADE_BY = 'purser.dev/made-by';
const IMAGES = ['apis', 'image.openshift.io', 'v1'] as const;

/** An image stream that a health check made for one push. */
export interface ProbeStream {
  readonly name: string;
  readonly madeBy: string | undefined;
  /** RFC 3339. */
  readonly createdAt: string | undefined;
}

/** The streams that checks of this target have made; `owner` is a label's value. */
export async function listProbeStreams(
  cluster: Cluster,
  { namespace, owner }: { readonly namespace: string; readonly owner: string },
  signal?: AbortSignal,
): Promise<readonly ProbeStream[]> {
  const at = path(...IMAGES, 'namespaces', namespace, 'imagestreams');
  const query = { labelSelector: `${LABEL}=${owner}` };
  const { items } = await cluster.call(listSchema, { method: 'GET', path: at, query, signal });
  return (items ?? []).map(({ metadata }) => ({
    name: metadata.name,
    madeBy: metadata.annotations?.[MADE_BY],
    createdAt: metadata.creationTimestamp,
  }));
}

const listSchema = z.object({ items: z.array(z.object({ metadata: metadataSchema })).nullish() });

/**
 * Makes an empty stream with its label before the push. A stream that a push creates has no label, and would
 * never be found again after a crash.
 */
export async function makeProbeStream(
  cluster: Cluster,
  stream: {
    readonly namespace: string;
    readonly owner: string;
    readonly name: string;
    readonly madeBy: string;
  },
  signal?: AbortSignal,
): Promise<void> {
  const { namespace, owner, name, madeBy } = stream;
  const body = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name, labels: { [LABEL]: owner }, annotations: { [MADE_BY]: madeBy } },
  };
  const at = path(...IMAGES, 'namespaces', namespace, 'imagestreams');
  await cluster.call(anything, { method: 'POST', path: at, body, signal });
}
