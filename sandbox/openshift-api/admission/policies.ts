import { z } from 'zod';

function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

const selectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: list(
    z.object({ key: z.string(), operator: z.string(), values: list(z.string()) }),
  ),
});

const ruleSchema = z.object({
  apiGroups: list(z.string()),
  apiVersions: list(z.string()),
  operations: list(z.string()),
  resources: list(z.string()),
  resourceNames: list(z.string()),
  scope: z.string().nullish(),
});

const matchResourcesSchema = z.object({
  namespaceSelector: selectorSchema.nullish(),
  objectSelector: selectorSchema.nullish(),
  resourceRules: list(ruleSchema),
  excludeResourceRules: list(ruleSchema),
});

const named = z.object({ name: z.string(), expression: z.string() });

const policySchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    paramKind: z.unknown().optional(),
    matchConstraints: matchResourcesSchema.nullish(),
    matchConditions: list(named),
    variables: list(named),
    validations: list(
      z.object({
        expression: z.string(),
        message: z.string().nullish(),
        messageExpression: z.string().nullish(),
        reason: z.string().nullish(),
      }),
    ),
    failurePolicy: z.string().nullish(),
  }),
});

const bindingSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    policyName: z.string(),
    paramRef: z.unknown().optional(),
    matchResources: matchResourcesSchema.nullish(),
    validationActions: list(z.string()),
  }),
});

export type LabelSelector = z.output<typeof selectorSchema>;
export type ResourceRule = z.output<typeof ruleSchema>;
export type MatchResources = z.output<typeof matchResourcesSchema>;
export type Policy = z.output<typeof policySchema>;
export type Binding = z.output<typeof bindingSchema>;

/** A ValidatingAdmissionPolicy with its bindings; one without bindings has no effect. */
export interface BoundPolicy {
  readonly policy: Policy;
  readonly bindings: readonly Binding[];
}

/** From the two lists of kube-apiserver, sorted by name, so that the same refusal is reported each time. */
export function boundPolicies(policies: unknown, bindings: unknown): readonly BoundPolicy[] {
  const bound = z.object({ items: z.array(bindingSchema) }).parse(bindings).items;
  return z
    .object({ items: z.array(policySchema) })
    .parse(policies)
    .items.map((policy) => ({
      policy,
      bindings: bound
        .filter(({ spec }) => spec.policyName === policy.metadata.name)
        .toSorted(byName),
    }))
    .filter((one) => one.bindings.length > 0)
    .toSorted((one, other) => byName(one.policy, other.policy));
}

interface NamedObject {
  readonly metadata: { readonly name: string };
}

function byName(one: NamedObject, other: NamedObject): number {
  return one.metadata.name.localeCompare(other.metadata.name);
}
