import type { ActivityOptions } from '@temporalio/workflow';

/**
 * Options of one round of an undo, for its activity. The retry policy has every field, because Temporal merges
 * it field by field with the activity's own: it refuses an initial interval above the maximum interval.
 */
export type Round = Pick<ActivityOptions, 'retry' | 'scheduleToCloseTimeout'>;

/**
 * How long an undo is tried. `for-ever`: for what gives access, whatever the error. `bounded`: one round, within
 * the limits of its own activity; the sweep removes what it leaves.
 */
export type Patience = 'for-ever' | 'bounded';

const MINUTE_MS = 60_000;

// A workflow learns an activity's last error only when the activity ends. So an undo is tried in rounds of a
// few attempts. After the first round, which takes about two minutes, the undo is overdue: `undo-overdue`.
const FIRST_ROUND = {
  retry: {
    initialInterval: 1_000,
    backoffCoefficient: 2,
    maximumInterval: 10_000,
    maximumAttempts: 13,
  },
  // For a round in which no attempt ends: no worker takes it, or the API server does not answer.
  scheduleToCloseTimeout: 150_000,
} as const satisfies Round;
const ROUNDS_MINUTES = [5, 10, 20];
const LONG_ROUND_MINUTES = 30;
// After some weeks of rounds: Temporal ends a run whose history grows past 51,200 events.
const LONGEST_ROUND_MINUTES = 24 * 60;
const LONG_HISTORY = 20_000;

/** One more attempt for an undo that is abandoned: its answer says what cannot be undone, and why. */
export const LAST_TRY = {
  retry: { ...FIRST_ROUND.retry, maximumAttempts: 1 },
  scheduleToCloseTimeout: 20_000,
} as const satisfies Round;

/** The limits of a round (the first is 0) of an undo that is tried for ever. `events`: the size of the history. */
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
