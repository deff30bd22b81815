import type { Collected, CollectLogsRequest } from '../src/domain/logs/collect-request.ts';
import { bundlesPrefix } from '../src/logs/manifest.ts';
import { outlived } from '../src/logs/collect/retention.ts';
import { attempt } from './attempt.ts';
import { createHeard } from './logs/access.ts';
import { releaseSeal } from './logs/claim.ts';
import type { Successor } from './logs/claim.ts';
import { collectOne } from './logs/collect.ts';
import type { CollectedSource, RunToCollect } from './logs/collect.ts';
import { collectEventsOf } from './logs/events.ts';
import type { CollectedEvents } from './logs/events.ts';
import { bundlesOnShelf, removeBundle } from './logs/leftovers.ts';
import { makePlan } from './logs/plan.ts';
import type { Plan, PlannedEvents } from './logs/plan.ts';
import type { LogPorts } from './logs/ports.ts';
import { sealBundle } from './logs/seal.ts';
import type { ToSeal } from './logs/seal.ts';

export const createLogActivities = (given: Omit<LogPorts, 'heard'>) =>
  activitiesOn({ ...given, heard: createHeard() });

const activitiesOn = (ports: LogPorts) => ({
  /** Looks at what there is to be read, from where on, and clears away what dead collections left. */
  async planLogs(input: {
    readonly request: CollectLogsRequest;
    readonly runId: string;
  }): Promise<Plan> {
    return attempt(({ signal }) => makePlan(ports, input, signal), ports.target);
  },

  /** Reads one run of a container into the bundle. Trying again writes its file anew. */
  async collectRun(input: RunToCollect): Promise<CollectedSource> {
    return attempt((current) => collectOne(ports, input, current), ports.target);
  },

  /** Keeps the events of a namespace in the bundle. */
  async collectEvents(input: {
    readonly bundle: string;
    readonly planned: PlannedEvents;
  }): Promise<CollectedEvents> {
    return attempt(({ signal }) => collectEventsOf(ports, input, signal), ports.target);
  },

  /** Writes the index and then the manifest, the one step that commits. */
  async sealLogs(input: ToSeal): Promise<Collected> {
    return attempt(({ signal }) => sealBundle(ports, input, signal), ports.target);
  },

  /** Deletes what a collection that came to nothing has written; a sealed bundle stays. */
  async discardLogs({ bundle, after }: Successor): Promise<void> {
    return attempt(async ({ signal }) => {
      const all = await bundlesOnShelf(ports, signal);
      const found = all.find((each) => each.bundle === bundle);
      if (found?.isSealed === true) return;
      if (found !== undefined) await removeBundle(ports, found, signal);
      await releaseSeal(ports, { bundle, after }, signal);
      const prefix = `${bundlesPrefix(ports.target.name)}${bundle}/`;
      await ports.archive.sweep(prefix, Date.now() + 1_000, signal);
    }, ports.target);
  },

  /** Deletes the bundles that have outlived `logs.keep`; resolves to their names. */
  async retainLogs(): Promise<{ readonly removed: readonly string[] }> {
    return attempt(async ({ signal }) => {
      const bundles = (await bundlesOnShelf(ports, signal)).filter(({ isSealed }) => isSealed);
      const removed = outlived(bundles, ports.settings.keep, Date.now());
      for (const bundle of bundles) {
        if (removed.includes(bundle.bundle)) await removeBundle(ports, bundle, signal);
      }
      return { removed };
    }, ports.target);
  },
});
