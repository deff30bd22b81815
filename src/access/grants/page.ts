import type { PageCursor } from '../model/grants/access-list.ts';
import type { Cluster } from '../../kubernetes/api/cluster.ts';
import { ClusterFailure } from '../../kubernetes/api/failure.ts';
import { isTooLarge } from '../../kubernetes/api/list.ts';
import { bindingSchema, listOf } from '../../kubernetes/api/objects.ts';
import type { Binding } from '../../kubernetes/api/objects.ts';
import { path } from '../../kubernetes/api/cluster.ts';
import { MANAGED } from '../../kubernetes/labels.ts';

const RBAC = ['apis', 'rbac.authorization.k8s.io', 'v1'] as const;

/**
 * One page of the grants. `expired`: the cursor has become too old (410), so that one starts anew.
 * `too-large`: somebody has filled the bindings with more than is read at once; ask for fewer.
 */
export type GrantPage =
  { readonly bindings: readonly Binding[]; readonly next?: PageCursor } | 'expired' | 'too-large';

/** Reads one page of what Purser made on this cluster: at most `limit` bindings. */
export async function listGrantPage(
  cluster: Cluster,
  { of, token }: PageCursor,
  limit: number,
  signal?: AbortSignal,
): Promise<GrantPage> {
  const query = {
    labelSelector: MANAGED,
    limit: String(limit),
    ...(token === undefined ? {} : { continue: token }),
  };
  try {
    const page = await cluster.call(listOf(bindingSchema), {
      method: 'GET',
      path: path(...RBAC, of),
      query,
      signal,
    });
    const next = nextOf(of, page.metadata.continue);
    return { bindings: page.items ?? [], ...(next === undefined ? {} : { next }) };
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error;
    if (token !== undefined && error.status === 410) return 'expired';
    if (limit > 1 && isTooLarge(error)) return 'too-large';
    throw error;
  }
}

function nextOf(of: PageCursor['of'], token: string | undefined): PageCursor | undefined {
  if (token !== undefined && token !== '') return { of, token };
  return of === 'rolebindings' ? { of: 'clusterrolebindings' } : undefined;
}
