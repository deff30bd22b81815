import { z } from 'zod';
import type { Right } from '../domain/rbac.ts';
import { path } from './api/cluster.ts';
import type { Cluster } from './api/cluster.ts';

const AUTHORIZATION = ['apis', 'authorization.k8s.io', 'v1'] as const;

const reviewSchema = z.object({
  status: z.object({ allowed: z.boolean(), reason: z.string().optional() }),
});

const selfSchema = z.object({
  status: z.object({ userInfo: z.object({ username: z.string() }) }),
});

/** The subject of a review. The API server looks up no Group objects: pass the groups (facts 10.7). */
export interface ReviewedSubject {
  readonly user?: string | undefined;
  readonly groups: readonly string[];
}

/**
 * Asks whether a subject holds a right, exactly as the registry asks: the slash is part of
 * `resource` (openshift-facts.md 1.6). Needs `create` on subjectaccessreviews.
 */
export async function canSubject(
  cluster: Cluster,
  { user, groups }: ReviewedSubject,
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
export async function canI(
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

/**
 * Purser's user name at the API server, whatever its kubeconfig says; the request needs no right. Undefined if
 * the API server is older than Kubernetes 1.28 and does not serve it.
 */
export async function ownUserName(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const at = path('apis', 'authentication.k8s.io', 'v1', 'selfsubjectreviews');
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const review = await cluster.find(selfSchema, { method: 'POST', path: at, body, signal });
  return review?.status.userInfo.username;
}

function attributes(right: Right & { readonly name?: string }): unknown {
  const { group, resource, verb, namespace, name } = right;
  return { group, resource, verb, namespace, name };
}
