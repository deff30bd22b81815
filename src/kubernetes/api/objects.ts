import { z } from 'zod';

/** The parts of Kubernetes and OpenShift objects that Purser reads; everything else is dropped. */
export const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.string().optional(),
  /** Set if it is being deleted, and a finalizer or a grace period keeps it for now. */
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

export const objectSchema = z.object({ metadata: metadataSchema });

export const bindingSchema = z.object({
  metadata: metadataSchema,
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z
    .array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }))
    .nullish(),
});

/** A RoleBinding or, without a namespace, a ClusterRoleBinding. */
export type Binding = z.infer<typeof bindingSchema>;

export const roleSchema = z.object({
  metadata: metadataSchema,
  rules: z
    .array(
      z.object({
        apiGroups: z.array(z.string()).default([]),
        resources: z.array(z.string()).default([]),
        verbs: z.array(z.string()).default([]),
        resourceNames: z.array(z.string()).default([]),
        nonResourceURLs: z.array(z.string()).default([]),
      }),
    )
    .nullish(),
  /** Set if a controller fills the rules from other roles, and may add more at any time. */
  aggregationRule: z.unknown().optional(),
});

/** A Role or ClusterRole. */
export type RbacRole = z.infer<typeof roleSchema>;

/** A list as the API pages it. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({
    metadata: z.object({ continue: z.string().optional() }).default({}),
    items: z.array(item).nullish(),
  });
}
