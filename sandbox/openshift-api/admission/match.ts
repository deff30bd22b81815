import type { KubeObject } from '../rest/object.ts';
import type { AdmissionRequest } from './request.ts';
import type { LabelSelector, MatchResources, ResourceRule } from './policies.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Whether a policy or a binding applies to a request, by the rules of Kubernetes' matching.go: exclusions
 * win, no rules mean everything, and a cluster-scoped object passes any namespaceSelector. `namespace` is
 * the request's, if it has one.
 */
export function matchesRequest(
  resources: MatchResources | null | undefined,
  request: AdmissionRequest,
  namespace: KubeObject | undefined,
): boolean {
  if (resources === null || resources === undefined) {
    return true;
  }
  const { namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = resources;
  const hit = (rule: ResourceRule): boolean => matchesRule(rule, request);
  return (
    (namespace === undefined || selects(namespaceSelector, namespace)) &&
    [request.object, request.old].some(
      (object) => object !== undefined && selects(objectSelector, object),
    ) &&
    !excludeResourceRules.some(hit) &&
    (resourceRules.length === 0 || resourceRules.some(hit))
  );
}

function matchesRule(rule: ResourceRule, request: AdmissionRequest): boolean {
  const { subject, operation, subresource = '', namespace, name } = request;
  const isResource = rule.resources.some((pattern) => {
    const [resource = '', sub = ''] = pattern.split('/', 2);
    return among([resource], subject.plural) && among([sub], subresource);
  });
  return (
    isResource &&
    among(rule.apiGroups, subject.group) &&
    among(rule.apiVersions, 'v1') &&
    among(rule.operations, operation) &&
    inScope(rule.scope ?? '*', namespace) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

function among(allowed: readonly string[], value: string): boolean {
  return allowed.includes('*') || allowed.includes(value);
}

function inScope(scope: string, namespace: string | undefined): boolean {
  return scope === '*' || (scope === 'Namespaced') === (namespace !== undefined);
}

function selects(selector: LabelSelector | null | undefined, { metadata }: KubeObject): boolean {
  const labels: Labels = metadata.labels ?? {};
  const equal = Object.entries(selector?.matchLabels ?? {});
  return (
    equal.every(([key, value]) => labels[key] === value) &&
    (selector?.matchExpressions ?? []).every((requirement) => meets(requirement, labels))
  );
}

function meets(
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
