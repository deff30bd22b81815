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
  before: HysteresisState = INITIAL_STATE,
  { found, times }: Streak,
  policy: Thresholds & Pick<FlappingPolicy, 'runs'>,
): HysteresisState {
  const maxLength = Math.max(policy.runs, policy.failuresToGoDown, policy.successesToComeBack);
  const recent = (before.recent + LETTERS[found].repeat(times)).slice(-maxLength);
  const known = parseKnown(recent);
  const level = levelAfter(before.level, known, policy);
  const hasCrossed =
    before.level !== undefined && (level === 'healthy') !== (before.level === 'healthy');
  const isNew = before.level === undefined || before.isProvisional === true;
  const isUnchecked = uncheckedAfter(before.isBlind, recent, policy);
  return {
    verdict: verdictOf(level, isUnchecked),
    level,
    isProvisional: (isNew && isUnconfirmed(level, known, policy.failuresToGoDown)) || undefined,
    isBlind: isUnchecked || undefined,
    recent: hasCrossed ? markLast(recent) : recent,
  };
}

const INITIAL_STATE: HysteresisState = { verdict: 'unknown', recent: '' };

// Ill, but by the word of too few.
function isUnconfirmed(
  level: Level | undefined,
  known: readonly Level[],
  failuresToGoDown: number,
) {
  if (level === undefined || level === 'healthy') return false;
  return agreedLevel(known, failuresToGoDown) === 'healthy';
}

// A fault that was seen stays one while nobody can look.
function verdictOf(level: Level | undefined, isUnchecked: boolean): Verdict {
  if (level === 'unhealthy') return level;
  return isUnchecked || level === undefined ? 'unknown' : level;
}

function levelAfter(
  before: Level | undefined,
  known: readonly Level[],
  { failuresToGoDown, successesToComeBack }: Thresholds,
): Level | undefined {
  if (before === undefined) return known.at(-1);
  const down = agreedLevel(known, failuresToGoDown);
  if (rank(down) > rank(before)) return down;
  const last = known.slice(-successesToComeBack);
  if (last.length < successesToComeBack) return before;
  const up = last.reduce((worst, each) => (rank(each) > rank(worst) ? each : worst));
  return rank(up) < rank(before) ? up : before;
}

/** What each of the last results was at least; `healthy` where there are too few. */
function agreedLevel(known: readonly Level[], count: number): Level {
  const last = known.slice(-count);
  if (last.length < count) return 'healthy';
  return last.reduce((best, each) => (rank(each) < rank(best) ? each : best));
}

function uncheckedAfter(
  wasUnchecked: boolean | undefined,
  recent: string,
  { failuresToGoDown, successesToComeBack }: Thresholds,
): boolean {
  if (wasUnchecked !== true) return recent.endsWith('?'.repeat(failuresToGoDown));
  return recent.slice(-successesToComeBack).includes('?');
}

function parseKnown(recent: string): readonly Level[] {
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
