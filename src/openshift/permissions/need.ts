import type { Right } from '../../domain/rbac.ts';

/** A right that Purser needs, and its purpose. `name` narrows it to one object. */
export interface Permission {
  readonly right: Right & { readonly name?: string };
  readonly for: string;
}

/** Rights with one purpose: each verb on each resource. */
export interface Need {
  readonly for: string;
  readonly group: string;
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  readonly namespace?: string;
}

/** Each single right of a need. */
export function permissionsOf({
  for: purpose,
  group,
  verbs,
  resources,
  namespace,
}: Need): readonly Permission[] {
  const scope = namespace === undefined ? {} : { namespace };
  return resources.flatMap((resource) =>
    verbs.map((verb) => ({ right: { group, resource, verb, ...scope }, for: purpose })),
  );
}
