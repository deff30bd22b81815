import { z } from 'zod';
import type { Right } from '../domain/rbac.ts';
import { path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';

const AUTHORIZATION = ['apis', 'authorization.k8s.io', 'v1'] as const;

const reviewSchema = z.object({
  status: z.object({ allowed: z.boolean(), reason: z.string().optional() }),
});

/** Whom a review asks about. The API server looks up no Group objects: pass the groups (facts 10.7). */
export interface Reviewed {
  readonly user?: string | undefined;
  readonly groups: readonly string[];
}

/**
 * Asks whether somebody holds a right, exactly as the registry asks: the slash is part of
 * `resource` (openshift-facts.md 1.6). Needs `create` on subjectaccessreviews.
 */
export async function mayThey(
  cluster: Cluster,
  { user, groups }: Reviewed,
  right: Right,
  signal?: AbortSignal,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, resourceAttributes: attributes(right) },
  };
  const at = path(...AUTHORIZATION, 'subjectaccessreviews');
  const { status } = await cluster.call(reviewSchema, { method: 'POST', path: at, body, signal });
  return status.allowed;
}

/** Asks whether Purser itself holds a right. */
export async function mayI(
  cluster: Cluster,
  right: Right & { readonly name?: string },
  signal?: AbortSignal,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: attributes(right) },
  };
  const at = path(...AUTHORIZATION, 'selfsubjectaccessreviews');
  const { status } = await cluster.call(reviewSchema, { method: 'POST', path: at, body, signal });
  return status.allowed;
}

function attributes(right: Right & { readonly name?: string }): unknown {
  const { group, resource, verb, namespace, name } = right;
  return { group, resource, verb, namespace, name };
}
