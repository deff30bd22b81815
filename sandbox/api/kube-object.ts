import { z } from 'zod';

/** Any Kubernetes object: what all have is checked, the rest passes through. */
export const kubeObject = z.looseObject({
  apiVersion: z.string().default('v1'),
  kind: z.string(),
  metadata: z
    .looseObject({ name: z.string().default(''), namespace: z.string().optional() })
    .default({ name: '' }),
});
export type KubeObject = Readonly<z.infer<typeof kubeObject>>;
