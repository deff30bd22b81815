import { z } from 'zod';
import type { Cluster } from '../cluster.ts';
import { badRequest } from '../rest/status.ts';
import { SCOPES_KEY } from './authenticate.ts';
import { DISCOVERY, roleScope, rulesUnderScope, USER_SCOPES } from './scopes.ts';
import type { Rule } from './scopes.ts';

const reviewSchema = z.object({
  apiVersion: z.literal('authorization.k8s.io/v1'),
  kind: z.literal('SubjectAccessReview'),
  spec: z.object({
    extra: z.record(z.string(), z.array(z.string())).default({}),
    resourceAttributes: z
      .object({
        namespace: z.string().default(''),
        verb: z.string().default(''),
        group: z.string().default(''),
        resource: z.string().default(''),
        subresource: z.string().default(''),
        name: z.string().default(''),
      })
      .optional(),
    nonResourceAttributes: z
      .object({ path: z.string().default(''), verb: z.string().default('') })
      .optional(),
  }),
});

type Spec = z.output<typeof reviewSchema>['spec'];

/**
 * Answers a SubjectAccessReview (authorization.k8s.io/v1) by the caller's scopes: `denied` if no scope
 * covers the action, otherwise no opinion, so that RBAC decides. A scope can only restrict
 * (openshift-facts.md 10.6).
 */
export function createAuthorizer(cluster: Cluster) {
  return async (body: unknown): Promise<object> => {
    const review = reviewSchema.safeParse(body);
    if (!review.success) {
      throw badRequest(`not a SubjectAccessReview of v1: ${z.prettifyError(review.error)}`);
    }
    const { apiVersion, kind, spec } = review.data;
    const scopes = spec.extra[SCOPES_KEY] ?? [];
    const covered =
      scopes.length === 0 ||
      (await rulesOf(scopes, spec, cluster)).some((rule) => covers(rule, spec));
    const status = covered
      ? { allowed: false }
      : {
          allowed: false,
          denied: true,
          reason: `scopes [${scopes.join(' ')}] prevent this action`,
        };
    return { apiVersion, kind, status };
  };
}

async function rulesOf(scopes: readonly string[], spec: Spec, cluster: Cluster): Promise<Rule[]> {
  const namespace = spec.resourceAttributes?.namespace ?? '';
  const rules = await Promise.all(
    scopes.map(async (scope) => {
      const role = roleScope(scope);
      if (role === undefined) {
        return USER_SCOPES[scope] ?? [];
      }
      // A scope of one namespace does not cover cluster-scoped requests, whose namespace is empty.
      return role.namespace === '*' || role.namespace === namespace
        ? rulesUnderScope(await cluster.clusterRoleRules(role.role), role.escalating)
        : [];
    }),
  );
  return [DISCOVERY, ...rules.flat()];
}

function covers(rule: Rule, { resourceAttributes: attributes, nonResourceAttributes: path }: Spec) {
  if (attributes === undefined) {
    return (
      path !== undefined &&
      has(rule.verbs, path.verb) &&
      rule.nonResourceURLs.some((url) => urlCovers(url, path.path))
    );
  }
  // The registry asks for the literal resource `imagestreams/layers` with no subresource (facts 1.6).
  const combined = [attributes.resource, attributes.subresource]
    .filter((part) => part !== '')
    .join('/');
  return (
    has(rule.verbs, attributes.verb) &&
    has(rule.apiGroups, attributes.group) &&
    (has(rule.resources, combined) ||
      (attributes.subresource !== '' && rule.resources.includes(`*/${attributes.subresource}`))) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  );
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function urlCovers(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}
