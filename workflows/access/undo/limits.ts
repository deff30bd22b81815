import type { ActivityOptions } from '@temporalio/workflow';

/**
 * Options of one round of an undo, to be given to its activity. Its retry is whole, because Temporal
 * merges it field by field with that of the activity: a pause longer than the activity's longest is refused.
 */
export type Round = Pick<ActivityOptions, 'retry' | 'scheduleToCloseTimeout'>;

/**
 * How long an undo is tried. `for-ever`: what gives access, whatever the error. `bounded`: once, within
 * the limits of its own activity; what it leaves is the sweeper's.
 */
export type Patience = 'for-ever' | 'bounded';

const MINUTE_MS = 60_000;

// A workflow learns an activity's last error only when that ends. So an undo is tried in rounds of so many
// attempts; after the first one, which takes about two minutes, it is overdue: `undo-overdue`.
const FIRST_ROUND = {
  retry: {
    initialInterval: 1_000,
    backoffCoefficient: 2,
    maximumInterval: 10_000,
    maximumAttempts: 13,
  },
  // For a round of which no attempt ends: no worker takes it, or the API server hangs.
  scheduleToCloseTimeout: 150_000,
} as const satisfies Round;
const ROUNDS_MINUTES = [5, 10, 20];
const LONG_ROUND_MINUTES = 30;
// After some weeks of rounds: Temporal ends a run whose history grows past 51,200 events.
const LONGEST_ROUND_MINUTES = 24 * 60;
const LONG_HISTORY = 20_000;

/** One attempt more, for an undo that is given up: its answer says what cannot be undone, and why. */
export const LAST_TRY = {
  retry: { ...FIRST_ROUND.retry, maximumAttempts: 1 },
  scheduleToCloseTimeout: 20_000,
} as const satisfies Round;

/** The limits of a round, from 0, of an undo that is tried for ever. `events`: how many the history has. */
export function limitsOf(round: number, events: () => number): Round {
  if (round === 0) return FIRST_ROUND;
  const last = events() > LONG_HISTORY ? LONGEST_ROUND_MINUTES : LONG_ROUND_MINUTES;
  const minutes = ROUNDS_MINUTES[round - 1] ?? last;
  const pace = { initialInterval: MINUTE_MS, backoffCoefficient: 1, maximumInterval: MINUTE_MS };
  return {
    retry: { ...pace, maximumAttempts: minutes },
    scheduleToCloseTimeout: (minutes + 3) * MINUTE_MS,
  };
}
