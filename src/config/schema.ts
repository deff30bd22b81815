import { z } from 'zod';
import { durationSchema, formatDuration, parseDuration } from '../domain/duration.ts';
import { GRANT_TIMES } from '../access/model/first-login.ts';
import { DEFAULT_PATIENCE_MS, PATIENCE_AT_MOST_MS } from '../domain/patience.ts';
import { DEFAULT_POLICY } from '../access/model/policy.ts';
import { ROLE_NAMES } from '../access/model/stock-roles.ts';
import { namespaceSchema, NEVER_GRANTED } from '../domain/subject.ts';
import { targetSchema } from '../domain/request.ts';
import { hasUserInfo } from '../domain/wire/user-info.ts';
import { archiveSchema } from './archive.ts';
import { healthSchema } from './health.ts';
import { logsSchema } from './logs.ts';
import { notifySchema } from './notify.ts';

const names = z.array(z.string().min(1)).min(1, { error: 'must name at least one' });

/** A rule as a ClusterRole has it; the core API group is ''. */
const ruleSchema = z.union(
  [
    z.strictObject({
      apiGroups: z.array(z.string()).min(1),
      resources: names,
      verbs: names,
      resourceNames: names.optional(),
    }),
    z.strictObject({ nonResourceURLs: names, verbs: names }),
  ],
  { error: 'is no rule; write one as in a ClusterRole: apiGroups, resources, verbs' },
);

const systemGroupSchema = z
  .string()
  .regex(/^system:[^\s*]+$/, { error: "is no system group's whole name; patterns are not taken" })
  .refine((name) => !NEVER_GRANTED.includes(name), {
    error: 'is everybody, or system:masters: no target gives those anything',
  });

const grantsSchema = z
  .strictObject({
    /** The accesses that may be granted; `pull:*` is an entry of its own because it is cluster-wide. */
    accesses: z
      .array(z.enum(['pull', 'push', 'admin', 'metrics', 'pull:*']))
      .default([...DEFAULT_POLICY.accesses]),
    /** Namespaces in which nothing is granted; `*` matches anything. */
    protectedNamespaces: z.array(z.string()).default([...DEFAULT_POLICY.protectedNamespaces]),
    /** `system:` groups that may get access, such as `system:serviceaccounts:team-b`. */
    systemGroups: z.array(systemGroupSchema).default([]),
    /** The rules that a role may hold beyond OpenShift's own role of that name. */
    roleExtras: z.partialRecord(z.enum(ROLE_NAMES), z.array(ruleSchema)).default({}),
    /** Create a person's User, Identity and mapping: this right decides which User a login becomes. */
    provision: z.boolean().default(false),
  })
  .prefault({});

const proofSchema = z
  .strictObject({
    /** Mint OAuth tokens to try a person's rights. The right to do so is equal to cluster-admin. */
    mintTokens: z.boolean().default(false),
    /** Namespaces in which Purser may request a service account's token to try its rights. */
    serviceAccountTokens: z.array(namespaceSchema).default([]),
    /** Push a canary with Purser's own rights if a namespace holds no image to pull. */
    canary: z.boolean().default(false),
  })
  .prefault({});

const registrySchema = z
  .strictObject({
    reach: z.enum(['auto', 'service', 'route', 'port-forward']).default('auto'),
    /** The address to connect to instead of resolving the registry's name: `host:port`. */
    connect: z
      .string()
      .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, { error: 'write host:port' })
      .optional(),
    /** A PEM file with the CA of the registry, in place of the CA that the cluster publishes. */
    ca: z.string().optional(),
    /** The token realm's origin, if it is not the registry's own. */
    realm: z.url({ protocol: /^https$/ }).optional(),
  })
  .prefault({});

export const targetConfigSchema = z.strictObject({
  /** Absent: the service account of the pod that Purser runs in. */
  kubeconfig: z.string().optional(),
  context: z.string().optional(),
  /** `product`: the roles of the product documentation. `least`: the smallest that work. */
  roles: z.enum(['product', 'least']).default('product'),
  registry: registrySchema,
  grants: grantsSchema,
  /** When a person gets the role if Purser waits for the first login. */
  grant: z.enum(GRANT_TIMES).default('after-login'),
  /** How long a step is retried after errors that may pass. Undos are retried without a limit. */
  patience: durationSchema
    .refine((text) => (parseDuration(text) ?? 0) <= PATIENCE_AT_MOST_MS, {
      error: 'must be at most a day (1d)',
    })
    .default(formatDuration(DEFAULT_PATIENCE_MS)),
  proof: proofSchema,
  identity: z
    .strictObject({
      /** Read the providers' secrets in openshift-config, to look into HTPasswd files. */
      readSecrets: z.boolean().default(false),
    })
    .prefault({}),
  logs: logsSchema,
});

export type TargetConfig = Readonly<z.infer<typeof targetConfigSchema>>;

export const configSchema = z.strictObject({
  temporal: z
    .strictObject({
      address: z.string().default('localhost:7233'),
      namespace: z.string().default('default'),
      /** The Web UI's address, for links. */
      ui: z.url().optional(),
    })
    .refine(({ ui }) => !hasUserInfo(ui), {
      error: 'its ui holds a user name or a password, and is shown in links; take it out',
    })
    .prefault({}),
  archive: archiveSchema,
  /** How the results of health checks are evaluated, by the worker that runs the workflows. */
  health: healthSchema,
  /** The notifiers for the registries' health, used by the worker that runs the workflows. */
  notify: notifySchema,
  worker: z
    .strictObject({
      metrics: z
        .strictObject({
          /** The address at which a worker serves /metrics for Prometheus, `host:port`; absent: none. */
          address: z
            .string()
            .regex(/^(\[[0-9a-fA-F:]+\]|[0-9.]+):\d{1,5}$/, {
              error: 'write ADDRESS:PORT, such as 127.0.0.1:9464; a host name is not accepted',
            })
            .optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  targets: z
    .record(targetSchema, targetConfigSchema)
    .refine((targets) => Object.keys(targets).length > 0, {
      error: 'must name at least one target',
    }),
});

/** purser.yaml, with every default filled in. */
export type Config = Readonly<z.infer<typeof configSchema>>;
