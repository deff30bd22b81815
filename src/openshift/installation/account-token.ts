import { z } from 'zod';
import { path } from '../../kubernetes/api/cluster.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';

// The API server issues no shorter token (openshift-facts.md 10.7).
const SECONDS = 600;

const requestedSchema = z.object({ status: z.object({ token: z.string().min(1) }) });

/** A token of one of Purser's own service accounts. It expires after ten minutes. */
export async function requestAccountToken(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal?: AbortSignal,
): Promise<string> {
  const { status } = await cluster.call(requestedSchema, {
    method: 'POST',
    path: path('api', 'v1', 'namespaces', namespace, 'serviceaccounts', name, 'token'),
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: SECONDS },
    },
    signal,
  });
  return status.token;
}
