import { callingLoads, idleLoads, runFloor, startFloorWorker } from './floor/floor.ts';
import type { Load } from './floor/activities.ts';
import { onboardByPurser } from './purser.ts';
import type { Onboarding } from './purser.ts';
import { onboardByScript } from './script.ts';
import { mean } from '../statistics.ts';
import type { Turn } from './turn.ts';
import { bindings, createUsers, namesFor, tell, tidyUp } from '../environment.ts';
import type { Environment } from '../environment.ts';

export interface ComparisonOptions {
  /** Onboardings a turn; the sequential script gets a quarter of them. */
  readonly users: number;
  readonly rounds: number;
  /** Onboardings under way at once; the parallel script's is always {@link SCRIPTS_AT_ONCE}. */
  readonly parallel: number;
  readonly withScript: boolean;
}

/** A contender and all its turns. */
export interface Standing {
  readonly contender: Contender;
  readonly turns: readonly Turn[];
}

export interface Comparison {
  readonly standings: readonly Standing[];
  readonly onboardings: readonly Onboarding[];
}

export const CONTENDERS = [
  'Purser',
  'script, -P 8',
  'script, sequential',
  'floor',
  'floor with calls',
] as const;
export type Contender = (typeof CONTENDERS)[number];

const SCRIPTS_AT_ONCE = 8;
const WARM_UP_USERS = 6;

/**
 * Runs all contenders in turns whose order is reversed from round to round, so that other load on the
 * machine affects all of them.
 */
export async function runComparison(
  env: Environment,
  options: ComparisonOptions,
): Promise<Comparison> {
  const kept = await bindings(env);
  const onboardings: Onboarding[] = [];
  await startFloorWorker(env);
  const play = startContenders(env, options, onboardings, await warmUp(env, options));
  await tidyUp(env, kept);
  const contenders = CONTENDERS.filter((each) => options.withScript || !each.startsWith('script'));
  const turns = new Map<Contender, Turn[]>(contenders.map((each) => [each, []]));
  for (let round = 1; round <= options.rounds; round++) {
    const order = round % 2 === 1 ? contenders : contenders.toReversed();
    for (const contender of order) {
      const count =
        contender === 'script, sequential' ? Math.ceil(options.users / 4) : options.users;
      const prefix = `bench-${CONTENDERS.indexOf(contender)}-${round}`;
      const names = namesFor(prefix, count);
      if (!contender.startsWith('floor')) await createUsers(env, names);
      const turn = await play[contender](names);
      tell(`round ${round}: ${contender}: ${count} in ${turn.seconds.toFixed(1)} s`);
      turns.get(contender)?.push(turn);
      await tidyUp(env, kept);
    }
  }
  const standings = contenders.map((contender) => ({
    contender,
    turns: turns.get(contender) ?? [],
  }));
  return { standings, onboardings };
}

interface Measure {
  readonly activities: number;
  readonly calls: readonly Load[];
}

function startContenders(
  env: Environment,
  { parallel }: ComparisonOptions,
  onboardings: Onboarding[],
  { activities, calls }: Measure,
): Readonly<Record<Contender, (users: readonly string[]) => Promise<Turn>>> {
  return {
    Purser: async (users) => {
      const done = await onboardByPurser(env, users, parallel);
      onboardings.push(...done.onboardings);
      return done.turn;
    },
    'script, -P 8': (users) => onboardByScript(env, users, SCRIPTS_AT_ONCE),
    'script, sequential': (users) => onboardByScript(env, users, 1),
    floor: (users) => runFloor(env, users, { parallel, loads: idleLoads(activities) }),
    'floor with calls': (users) => runFloor(env, users, { parallel, loads: calls }),
  };
}

/** Warms up every contender, and measures what an onboarding of Purser does for the floors. */
async function warmUp(
  env: Environment,
  { parallel, withScript }: ComparisonOptions,
): Promise<Measure> {
  tell('warming up');
  const users = namesFor('bench-warm', WARM_UP_USERS);
  await createUsers(env, users);
  // Twice: the first connections and the first discovery are no part of an onboarding
  await onboardByPurser(env, users.slice(0, 2), parallel);
  const { turn, onboardings } = await onboardByPurser(env, users.slice(2), parallel);
  const activities = Math.round(mean(onboardings.map(({ course }) => course.activities.length)));
  if (withScript) await onboardByScript(env, users.slice(0, 2), 1);
  await runFloor(env, users, { parallel, loads: idleLoads(activities) });
  const calls = await callingLoads(env, {
    activities,
    api: turn.apiCalls / turn.users,
    registry: turn.registryCalls / turn.users,
  });
  return { activities, calls };
}
