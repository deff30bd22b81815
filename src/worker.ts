// The composition root: it creates clients, activities and workers from a configuration.
import type { Logger } from '@temporalio/worker';
import { createAccessListActivities } from '../activities/access/grants/access-list.ts';
import { createArchiveActivities } from '../activities/archive.ts';
import { createDoctorActivities, createProofDoctorActivities } from '../activities/doctor.ts';
import { createExecutions } from '../activities/executions.ts';
import { createGrantActivities } from '../activities/access/grants/grants.ts';
import { createPlanActivities } from '../activities/access/grants/plan.ts';
import { createMarkActivities } from '../activities/access/grants/marks.ts';
import { createHealthHistoryActivities } from '../activities/health/history.ts';
import { createHealthActivities } from '../activities/health/activities.ts';
import { createIdentityActivities } from '../activities/identity/identity.ts';
import { createProviderChecks } from '../activities/identity/providers.ts';
import { createLoginActivities } from '../activities/access/people/logins.ts';
import { createEvaluationActivities } from '../activities/health/evaluation.ts';
import { createMetricsActivities } from '../activities/health/read-metrics.ts';
import { createNotifyActivities } from '../activities/alerts/notify.ts';
import { createOnboardingActivities } from '../activities/access/onboardings.ts';
import { createLogActivities } from '../activities/logs/activities.ts';
import { createProofActivities } from '../activities/access/proof/proof.ts';
import { createProvisionActivities } from '../activities/access/people/provision.ts';
import { createRevocationActivities } from '../activities/access/grants/revocations.ts';
import { createSubjectActivities } from '../activities/access/people/subjects.ts';
import { createBindingSweepActivities } from '../activities/access/sweep/bindings.ts';
import { createProofSweepActivities } from '../activities/access/sweep/proofs.ts';
import type { Target } from '../activities/target.ts';
import {
  proofQueue,
  SEARCH_ATTRIBUTES,
  targetQueue,
  WORKFLOWS_QUEUE,
} from '../workflows/contract.ts';
import type { Archive } from './archive/archive.ts';
import { openArchive } from './archive/open.ts';
import { createCluster } from './kubernetes/api/cluster.ts';
import { connect } from './kubernetes/api/connection.ts';
import { targetOf } from './config/load.ts';
import { logSettingsOf } from './config/logs.ts';
import type { Config } from './config/schema.ts';
import { durationMs } from './domain/duration.ts';
import type { LogSettings } from './logs/settings.ts';
import { readPoolFile } from './net/pool.ts';
import { createNotifiers } from './alerts/create.ts';
import { readPayload } from './temporal/data-converter.ts';
import { runLink } from './temporal/links.ts';
import { meter } from './temporal/meters.ts';
import { runWorkers } from './temporal/workers.ts';
import type { RunningWorkers, WorkerSpec } from './temporal/workers.ts';

/** The roles of a worker process: run workflows, act on targets, or try subjects' rights. */
export const ROLES = ['workflows', 'steps', 'proof'] as const;
export type WorkerRole = (typeof ROLES)[number];

export interface WorkerOptions {
  /** Default: all targets of the configuration. */
  readonly targets?: readonly string[] | undefined;
  /** Default: all three. */
  readonly roles?: readonly WorkerRole[] | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** For crash tests: called at each named point of an activity. */
  readonly at?: (point: string) => void;
}

/** Starts the workers of a configuration. Throws `NotConfigured` for errors in it. */
export async function startWorkers(
  config: Config,
  options: WorkerOptions,
): Promise<RunningWorkers> {
  return runWorkers(config.temporal, await createWorkerSpecs(config, options), {
    ...options,
    metricsAddress: config.worker.metrics.address,
  });
}

/** Describes the workers of a configuration; nothing runs yet. Throws `NotConfigured` for errors in it. */
export async function createWorkerSpecs(
  config: Config,
  options: Pick<WorkerOptions, 'roles' | 'targets' | 'at'> &
    Partial<Pick<WorkerOptions, 'signal'>> = {},
): Promise<readonly WorkerSpec[]> {
  const { roles = ROLES, targets = Object.keys(config.targets), at = () => {}, signal } = options;
  const archive = openArchive(config.archive);
  const workflows = roles.includes('workflows') ? [workflowsSpec(config, archive)] : [];
  // In parallel: each may wait for the login command of its cluster.
  const ofTargets = await Promise.all(
    targets.map(async (name) => {
      const target = await createTarget(config, name, at, signal);
      const settings = logSettingsOf(targetOf(config, name).logs);
      return [
        ...(roles.includes('steps') ? [stepsSpec(target, archive, settings)] : []),
        ...(roles.includes('proof') ? [proofSpec(target)] : []),
      ];
    }),
  );
  return [...workflows, ...ofTargets.flat()];
}

function workflowsSpec(config: Config, archive: Archive): WorkerSpec {
  return {
    taskQueue: WORKFLOWS_QUEUE,
    activities: {
      ...createArchiveActivities(archive),
      ...createOnboardingActivities(SEARCH_ATTRIBUTES, readPayload),
      ...createEvaluationActivities(config.health),
      ...createHealthHistoryActivities({ archive, keepDays: config.health.keepHistoryDays }),
      ...createNotifyActivities({
        notifiers: createNotifiers(config.notify),
        link: (run) => runLink(config.temporal, run),
        count: (attempt) => meter('purser_notifications_total', 1, attempt),
      }),
    },
    runsWorkflows: true,
  };
}

function stepsSpec(target: Target, archive: Archive, settings: LogSettings): WorkerSpec {
  const providers = createProviderChecks(target);
  return {
    taskQueue: targetQueue(target.name),
    activities: {
      ...createIdentityActivities(providers),
      ...createSubjectActivities(target),
      ...createLoginActivities(target),
      ...createProvisionActivities(target),
      ...createPlanActivities(target),
      ...createGrantActivities(target),
      ...createMarkActivities(target),
      ...createRevocationActivities(target),
      ...createAccessListActivities(target),
      ...createDoctorActivities(target),
      ...createHealthActivities(target, providers),
      ...createMetricsActivities(target),
      ...createLogActivities({ target, archive, settings }),
      ...createBindingSweepActivities(target, archive),
    },
    runsWorkflows: false,
  };
}

function proofSpec(target: Target): WorkerSpec {
  return {
    taskQueue: proofQueue(target.name),
    activities: {
      ...createProofActivities(target),
      ...createProofDoctorActivities(target),
      ...createProofSweepActivities(target),
    },
    runsWorkflows: false,
  };
}

/** One target of a configuration, as activities need it. Throws `NotConfigured` for errors in it. */
export async function createTarget(
  { health, ...all }: Config,
  name: string,
  at: (point: string) => void = () => {},
  signal?: AbortSignal,
): Promise<Target> {
  const config = targetOf(all, name);
  const { kubeconfig, context, registry } = config;
  const { connect: address, ca, realm } = registry;
  return {
    name,
    cluster: createCluster(await connect({ kubeconfig, context }, { signal })),
    executions: createExecutions(),
    roles: config.roles,
    policy: config.grants,
    grant: config.grant,
    mayProvision: config.grants.provision,
    readSecrets: config.identity.readSecrets,
    registry: {
      reach: registry.reach,
      ...(address === undefined ? {} : { connect: hostAndPort(address) }),
      ...(ca === undefined ? {} : { ca: readPoolFile(ca, `target ${name}: registry.ca`) }),
      ...(realm === undefined ? {} : { realm }),
    },
    patience: durationMs(config.patience),
    proof: config.proof,
    health,
    logNamespaces: [...new Set(config.logs.workloads.map(({ namespace }) => namespace))],
    at,
  };
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) };
}
