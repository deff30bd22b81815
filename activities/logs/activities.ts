import { nothingSchema } from '../../src/domain/inputs/bounds.ts';
import type { Collected, CollectLogsRequest } from '../../src/logs/model/collect-request.ts';
import { parseRequest } from '../../src/domain/request.ts';
import { bundlesPrefix } from '../../src/logs/manifest.ts';
import { chooseExpired } from '../../src/logs/collect/retention.ts';
import { attempt } from '../attempt.ts';
import { createAuditCache } from './collect/audit-cache.ts';
import { releaseSeal } from './collect/seal-claim.ts';
import type { Successor } from './collect/seal-claim.ts';
import { collectOne } from './collect/collect.ts';
import type { CollectedSource, RunToCollect } from './collect/collect.ts';
import { collectEventsOf } from './collect/events.ts';
import type { CollectedEvents } from './collect/events.ts';
import { INPUTS } from './inputs.ts';
import { listStoredBundles, removeBundle } from './collect/stored-bundles.ts';
import { assertChosen, assertOwnBundle, assertTarget, ownRun } from './assert-request.ts';
import { makePlan } from './collect/plan.ts';
import type { Plan, PlannedEvents } from './collect/plan.ts';
import type { LogPorts } from './ports.ts';
import { sealBundle } from './collect/seal.ts';
import type { SealRequest } from './collect/seal.ts';

interface Retained {
  readonly removed: readonly string[];
  /** Absent in the results of older workers. */
  readonly held?: number;
}

export function createLogActivities(given: Omit<LogPorts, 'auditCache'>) {
  return activitiesOn({ ...given, auditCache: createAuditCache() });
}

function activitiesOn(ports: LogPorts) {
  return {
    /** Finds what is new in the logs, and removes the unsealed bundles of dead collections. */
    async planCollection(given: { readonly request: CollectLogsRequest }): Promise<Plan> {
      return attempt(async ({ signal }) => {
        const { request } = parseRequest(INPUTS.planCollection, given);
        assertTarget(request.target, ports.target.name);
        return makePlan(ports, { request, runId: ownRun().runId }, signal);
      }, ports.target);
    },

    /** Reads one run of a container into the bundle. Trying again writes its file anew. */
    async collectContainerLog(given: RunToCollect): Promise<CollectedSource> {
      return attempt(async (current) => {
        const input = parseRequest(INPUTS.collectContainerLog, given);
        assertOwnBundle(input.bundle);
        assertChosen(ports.settings, input.planned.run);
        return collectOne(ports, input, current);
      }, ports.target);
    },

    /** Keeps the events of a namespace in the bundle. */
    async collectEvents(given: {
      readonly bundle: string;
      readonly planned: PlannedEvents;
    }): Promise<CollectedEvents> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(INPUTS.collectEvents, given);
        assertOwnBundle(input.bundle);
        assertChosen(ports.settings, { namespace: input.planned.namespace });
        return collectEventsOf(ports, input, signal);
      }, ports.target);
    },

    /** Writes the index and then the manifest, the one step that commits. */
    async sealBundle(given: SealRequest): Promise<Collected> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(INPUTS.sealBundle, given);
        assertTarget(input.request.target, ports.target.name);
        assertOwnBundle(input.plan.bundle);
        return sealBundle(ports, { ...input, by: ownRun() }, signal);
      }, ports.target);
    },

    /** Deletes what a failed collection has written; a sealed bundle stays. */
    async discardBundle(given: Successor): Promise<void> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(INPUTS.discardBundle, given);
        assertOwnBundle(input.bundle);
        await discardUnsealed(ports, input, signal);
      }, ports.target);
    },

    /**
     * Deletes the bundles that `logs.keep` no longer covers. Resolves to their names, and to how many more
     * are too old and are removed later.
     */
    async pruneBundles(given?: undefined): Promise<Retained> {
      return attempt(async ({ signal }) => {
        parseRequest(nothingSchema, given);
        const bundles = (await listStoredBundles(ports, signal)).filter(({ isSealed }) => isSealed);
        const { going, held } = chooseExpired(bundles, ports.settings.keep, Date.now());
        for (const bundle of bundles) {
          if (going.includes(bundle.bundle)) await removeBundle(ports, bundle, signal);
        }
        return { removed: going, held };
      }, ports.target);
    },
  };
}

async function discardUnsealed(
  ports: LogPorts,
  { bundle, after }: Successor,
  signal: AbortSignal,
): Promise<void> {
  const all = await listStoredBundles(ports, signal);
  const found = all.find((each) => each.bundle === bundle);
  if (found?.isSealed === true) return;
  if (found !== undefined) await removeBundle(ports, found, signal);
  await releaseSeal(ports, { bundle, after }, signal);
  const prefix = `${bundlesPrefix(ports.target.name)}${bundle}/`;
  await ports.archive.sweep(prefix, Date.now() + 1_000, signal);
}
