import { durationMs, durationSchema } from '../../domain/duration.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const WAIT_AT_MOST = 90 * DAY;

/** How long a first login is waited for: at most 90 days. */
export const waitSchema = durationSchema.refine(
  (text) => !durationSchema.safeParse(text).success || durationMs(text) <= WAIT_AT_MOST,
  { error: 'is too long to wait for a login; the most is 90d' },
);

/**
 * When a person who has not logged in yet gets the role (`grant` in purser.yaml). A binding goes by
 * name: made before the login, it is for whoever logs in first under that name (openshift-facts.md
 * 10.7), so that `after-login` is the default.
 */
export const GRANT_TIMES = ['after-login', 'before-login'] as const;
export type GrantTime = (typeof GRANT_TIMES)[number];

/** Whether a first login is still ahead, and what waiting for it has to know. */
export type FirstLogin =
  | {
      readonly is: 'ahead';
      readonly grant: GrantTime;
      /** The identity providers that may vouch for the person; none are known where it is empty. */
      readonly providers: readonly string[];
    }
  | { readonly is: 'behind'; readonly through: readonly string[] }
  | { readonly is: 'not-applicable'; readonly why: string };

/** How often a first login is looked for: the pause after the first look, its growth, and its limit. */
export const LOGIN_POLL = { firstMs: 5 * SECOND, growth: 1.5, longestMs: 10 * MINUTE } as const;

/** The same in words. */
export const PACE =
  `every ${LOGIN_POLL.firstMs / SECOND} s at first, then ever more rarely, ` +
  `at most ${LOGIN_POLL.longestMs / MINUTE} min apart`;

// After the first hour twice as long each time, and again when there is little time left.
const AFTER = [HOUR, 6 * HOUR, DAY, 2 * DAY, 4 * DAY, 8 * DAY, 16 * DAY, 32 * DAY, 64 * DAY];
const BEFORE_THE_END = [DAY, HOUR, 10 * MINUTE];

/**
 * When somebody is to be reminded that a login is still waited for, in milliseconds after the wait
 * began; the last one is the deadline itself. A wait of 30 days has ten.
 */
export function remindersOf(waitMs: number): readonly number[] {
  // One that follows half of the time later, or sooner, would only repeat the one before.
  const late = BEFORE_THE_END.filter((left) => left * 2 <= waitMs).map((left) => waitMs - left);
  const early = AFTER.filter((at) => at < (late[0] ?? waitMs));
  return [...early, ...late, waitMs];
}

/** The provider in an Identity's name, `<provider>:<user>`: it holds no `:` itself (facts 4.1). */
export function providerOf(identity: string): string {
  return identity.split(':')[0] ?? '';
}

/** The providers that vouch for somebody and are none of those that were expected. */
export function strangers(
  identities: readonly string[],
  expected: readonly string[],
): readonly string[] {
  if (expected.length === 0) return [];
  const found = new Set(identities.map(providerOf));
  return [...found].filter((provider) => !expected.includes(provider));
}
