import { z } from 'zod';

/** The metadata of an object as a client may send it: everything may be missing. */
const metadataSchema = z.looseObject({
  name: z.string().optional(),
  generateName: z.string().optional(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.string().nullish(),
  generation: z.int().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
});

/** The base of every kind's schema; the fields of a kind are added with `.extend`. */
export const objectSchema = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: metadataSchema.default({}),
});

export type KubeObject = z.output<typeof objectSchema>;

/** An object's name and namespace; `namespace` is absent for cluster-scoped kinds. */
export interface NamespacedName {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? '';
}
export function revisionOf({ metadata }: KubeObject): string {
  return metadata.resourceVersion ?? '';
}
export function namespacedNameOf({ metadata }: KubeObject): NamespacedName {
  return {
    name: metadata.name ?? '',
    namespace: metadata.namespace,
  };
}

/** The time as Kubernetes writes it: UTC, whole seconds. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
