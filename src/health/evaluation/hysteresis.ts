import type { FlappingPolicy, Thresholds } from '../model/policy.ts';
import type { CheckState } from '../model/state.ts';
import type { Verdict } from '../model/checks.ts';

type Level = NonNullable<CheckState['level']>;

const LETTERS = { healthy: 'h', degraded: 'd', unhealthy: 'u', unknown: '?' } as const;
const LEVELS = { h: 'healthy', d: 'degraded', u: 'unhealthy' } as const;
const ORDER = ['healthy', 'degraded', 'unhealthy'] as const;

/** A result that the judgement counts: `times` where it was tried again and stayed as it is. */
interface Streak {
  readonly found: Verdict;
  readonly times: number;
}

/** How a check's standing moves with one result: the fields of its state that the results decide. */
type HysteresisState = Pick<
  CheckState,
  'verdict' | 'level' | 'isProvisional' | 'isBlind' | 'recent'
>;

/**
 * A verdict moves when enough runs in a row agree. Down: to the best of the last
 * `failuresToGoDown` results, if that is worse than the level; up: to the worst of the last
 * `successesToComeBack`, if that is better. The first result is taken at its word, but provisional.
 *
 * A run that could not look is no evidence: it neither adds to a row nor breaks it. A row of such
 * runs makes the check blind, and it stays so until enough in a row could look again.
 */
export function applyHysteresis(
  before: HysteresisState = NOTHING_YET,
  { found, times }: Streak,
  policy: Thresholds & Pick<FlappingPolicy, 'runs'>,
): HysteresisState {
  const room = Math.max(policy.runs, policy.failuresToGoDown, policy.successesToComeBack);
  const recent = (before.recent + LETTERS[found].repeat(times)).slice(-room);
  const seen = knownIn(recent);
  const level = levelAfter(before.level, seen, policy);
  const crossed =
    before.level !== undefined && (level === 'healthy') !== (before.level === 'healthy');
  const isNew = before.level === undefined || before.isProvisional === true;
  const isBlind = blindAfter(before.isBlind, recent, policy);
  return {
    verdict: verdictOf(level, isBlind),
    level,
    isProvisional: (isNew && isOnly(level, seen, policy.failuresToGoDown)) || undefined,
    isBlind: isBlind || undefined,
    recent: crossed ? markLast(recent) : recent,
  };
}

const NOTHING_YET: HysteresisState = { verdict: 'unknown', recent: '' };

// Ill, but by the word of too few.
function isOnly(level: Level | undefined, seen: readonly Level[], failuresToGoDown: number) {
  if (level === undefined || level === 'healthy') return false;
  return worstAgreed(seen, failuresToGoDown) === 'healthy';
}

// A fault that was seen stays one while nobody can look.
function verdictOf(level: Level | undefined, isBlind: boolean): Verdict {
  if (level === 'unhealthy') return level;
  return isBlind || level === undefined ? 'unknown' : level;
}

function levelAfter(
  before: Level | undefined,
  seen: readonly Level[],
  { failuresToGoDown, successesToComeBack }: Thresholds,
): Level | undefined {
  if (before === undefined) return seen.at(-1);
  const down = worstAgreed(seen, failuresToGoDown);
  if (rank(down) > rank(before)) return down;
  const row = seen.slice(-successesToComeBack);
  if (row.length < successesToComeBack) return before;
  const up = row.reduce((worst, each) => (rank(each) > rank(worst) ? each : worst));
  return rank(up) < rank(before) ? up : before;
}

/** What each of the last results was at least; `healthy` where there are too few. */
function worstAgreed(seen: readonly Level[], count: number): Level {
  const row = seen.slice(-count);
  if (row.length < count) return 'healthy';
  return row.reduce((best, each) => (rank(each) < rank(best) ? each : best));
}

function blindAfter(
  wasBlind: boolean | undefined,
  recent: string,
  { failuresToGoDown, successesToComeBack }: Thresholds,
): boolean {
  if (wasBlind !== true) return recent.endsWith('?'.repeat(failuresToGoDown));
  return recent.slice(-successesToComeBack).includes('?');
}

function knownIn(recent: string): readonly Level[] {
  return recent
    .toLowerCase()
    .split('')
    .flatMap((letter) =>
      letter === 'h' || letter === 'd' || letter === 'u' ? [LEVELS[letter]] : [],
    );
}

function markLast(recent: string): string {
  return recent.slice(0, -1) + recent.slice(-1).toUpperCase();
}

function rank(level: Level): number {
  return ORDER.indexOf(level);
}
