import { z } from 'zod';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../health/model/probe.ts';
import { namespaceSchema } from '../domain/subject.ts';

const share = z.number().min(0).max(1);
const count = z.int().min(1).max(1_000_000);

/** `health.probe` of purser.yaml: how the checks look at a registry. */
export const probeSchema = z
  .strictObject({
    /** The namespace of the write path's check (deploy/rbac/option-health.yaml). */
    namespace: namespaceSchema.default(DEFAULT_PROBE.namespace),
    /** The service account whose token is used if the kubeconfig holds a client certificate. */
    account: namespaceSchema.default(DEFAULT_PROBE.account),
    answerWithinSeconds: z.number().min(1).max(15).default(DEFAULT_PROBE.answerWithinSeconds),
    /** Before a first failure is tried again, twice, within the run. */
    retryAfterSeconds: z.number().min(0).max(15).default(DEFAULT_PROBE.retryAfterSeconds),
    slowSeconds: z.number().min(0.1).max(60).default(DEFAULT_PROBE.slowSeconds),
    certificateDays: z.int().min(0).max(365).default(DEFAULT_PROBE.certificateDays),
  })
  .prefault({});

/** `health.rules` of purser.yaml: the limits for the registry's own metrics. */
export const rulesSchema = z
  .strictObject({
    serverErrorShare: share.default(DEFAULT_RULES.serverErrorShare),
    serverErrorShareUnhealthy: share.default(DEFAULT_RULES.serverErrorShareUnhealthy),
    fewestRequests: count.default(DEFAULT_RULES.fewestRequests),
    operationSeconds: z.number().positive().max(600).default(DEFAULT_RULES.operationSeconds),
    storageErrors: count.default(DEFAULT_RULES.storageErrors),
    requestsInFlight: count.default(DEFAULT_RULES.requestsInFlight),
    pullThroughErrors: count.default(DEFAULT_RULES.pullThroughErrors),
  })
  .prefault({});
