import type { FlappingPolicy } from '../model/policy.ts';

// Of going down and of coming back people were told, of a change between two results nobody.
const LEVEL_CHANGE_SCORE = 2;

/**
 * Whether a check comes and goes, by its recent results. Each change from one result to the next
 * counts 1, going down and coming back 2 more: with the default of 9, five single failures among twenty
 * runs, or an outage that comes back soon after it ended, but not one outage and a stray failure.
 * Over when `calm` runs in a row found the same.
 */
export function isFlapping(wasFlapping: boolean, recent: string, policy: FlappingPolicy): boolean {
  const results = recent.replaceAll('?', '').slice(-policy.runs);
  if (!wasFlapping) return scoreOf(results) >= policy.score;
  const last = results.slice(-policy.calm);
  return last.length < policy.calm || changesIn(last) > 0;
}

/** What is left of the results when flapping has ended, or need not be told: nothing that counts. */
export function withoutChanges(recent: string, keep: number): string {
  return recent.slice(-keep).toLowerCase();
}

function scoreOf(results: string): number {
  return changesIn(results) + LEVEL_CHANGE_SCORE * results.replaceAll(/[a-z]/g, '').length;
}

function changesIn(results: string): number {
  const letters = results.toLowerCase().split('');
  return letters.filter((letter, index) => index > 0 && letter !== letters[index - 1]).length;
}
