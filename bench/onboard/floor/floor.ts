import { fileURLToPath } from 'node:url';
import { dataPaths } from '../../../sandbox/folder/paths.ts';
import type { Load } from './activities.ts';
import type * as workflows from './workflow.ts';
import { inParallel, takeTurn } from '../turn.ts';
import type { Turn } from '../turn.ts';
import type { Environment } from '../../environment.ts';

export const FLOOR_QUEUE = 'bench-floor';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const NOTHING: Load = { api: 0, registry: 0 };

/** Starts the floor's worker; it ends with the sandbox. */
export async function startFloorWorker({ sandbox }: Environment): Promise<void> {
  await sandbox.startProgram({
    name: 'floor-worker',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', WORKER, dataPaths(sandbox.info.dataDir).info],
  });
}

/** Runs one floor workflow for each name, with as many activities as there are loads. */
export async function runFloor(
  env: Environment,
  names: readonly string[],
  { parallel, loads }: { readonly parallel: number; readonly loads: readonly Load[] },
): Promise<Turn> {
  return takeTurn(env, () =>
    inParallel(names, parallel, (name) =>
      env.client.workflow.execute<typeof workflows.floor>('floor', {
        taskQueue: FLOOR_QUEUE,
        workflowId: `floor/${name}`,
        args: [loads],
      }),
    ),
  );
}

/** That many activities that do nothing. */
export function idleLoads(activities: number): readonly Load[] {
  return Array.from({ length: activities }, () => NOTHING);
}

/**
 * That many activities that together cause as many requests as one of Purser's onboardings. A `GET /v2/`
 * makes the registry call the API server, too: those requests are subtracted from the direct ones.
 */
export async function callingLoads(
  env: Environment,
  { activities, api, registry }: Load & { readonly activities: number },
): Promise<readonly Load[]> {
  const probe = await runFloor(env, ['calibration'], {
    parallel: 1,
    loads: [{ api: 0, registry: PROBES }],
  });
  const direct = Math.max(0, Math.round(api - (probe.apiCalls / PROBES) * registry));
  return spread({ api: direct, registry: Math.round(registry) }, activities);
}

const PROBES = 50;

function spread({ api, registry }: Load, over: number): readonly Load[] {
  const share = (total: number, index: number) =>
    Math.floor((total * (index + 1)) / over) - Math.floor((total * index) / over);
  return Array.from({ length: over }, (_, index) => ({
    api: share(api, index),
    registry: share(registry, index),
  }));
}
