/** An RBAC rule as far as Purser reads it (rbac.authorization.k8s.io/v1 PolicyRule). */
export interface Rule {
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly verbs?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

/** One right, as in a SubjectAccessReview. `resource` may contain a slash (`imagestreams/layers`). */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
}

const IMAGE_GROUP = 'image.openshift.io';

/** The right that the registry requires for a pull (openshift-facts.md 1.6). */
export function pullRight(namespace?: string): Right {
  return layers('get', namespace);
}

/** The right that the registry requires for a push, besides the one to pull (openshift-facts.md 1.6). */
export function pushRight(namespace?: string): Right {
  return layers('update', namespace);
}

/** The right that the registry requires for its metrics (openshift-facts.md 2.1). */
export const METRICS_RIGHT: Right = {
  group: IMAGE_GROUP,
  resource: 'registry/metrics',
  verb: 'get',
};

function layers(verb: string, namespace: string | undefined): Right {
  const right = { group: IMAGE_GROUP, resource: 'imagestreams/layers', verb };
  return namespace === undefined ? right : { ...right, namespace };
}

/**
 * Whether a role's rules give a right for every object. Rules with `resourceNames` do not count: they
 * allow single image streams only.
 */
export function rulesAllow(rules: readonly Rule[], right: Right): boolean {
  return rules.some(
    (rule) =>
      (rule.resourceNames ?? []).length === 0 &&
      holds(rule.apiGroups, right.group) &&
      holds(rule.verbs, right.verb) &&
      (holds(rule.resources, right.resource) || holdsSubresource(rule.resources, right.resource)),
  );
}

function holds(values: readonly string[] = [], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

// RBAC matches `*/layers`, too.
function holdsSubresource(values: readonly string[] = [], resource: string): boolean {
  const [, subresource] = resource.split('/');
  return subresource !== undefined && values.includes(`*/${subresource}`);
}
