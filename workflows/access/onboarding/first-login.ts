import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import { durationMs, formatDuration } from '../../../src/domain/duration.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { PACE, remindersOf } from '../../../src/access/model/first-login.ts';
import type { FirstLogin } from '../../../src/access/model/first-login.ts';
import type { Step } from '../../../src/domain/step.ts';
import type { OnboardRequest } from '../../../src/access/model/request.ts';
import { formatSubject } from '../../../src/domain/subject.ts';
import type { LoginSought } from '../../../src/access/model/inputs.ts';
import type { CompletedLogin } from '../../../activities/access/people/logins.ts';
import type { SeenSubject } from '../../../activities/access/people/look-up.ts';
import { pollAtOnceOn, pollOn } from '../../activities.ts';
import type { ProgressView } from '../../progress-view.ts';
import { subjectReadyUpdate } from '../../contract.ts';
import type { LoginPoll } from '../../contract.ts';

/** Waits for the first login of a person whom the cluster does not know yet. */
export interface LoginWatch {
  /** Whether there is a login to wait for, and the request asks for it. */
  isAhead(login: FirstLogin): boolean;
  /**
   * Waits where it {@link isAhead}; resolves to the facts as they are then, and else to those given.
   * Throws `LoginTimedOut` at the deadline and `WrongProvider` for a login through a provider that was
   * not expected when the wait began.
   */
  wait(found: { readonly facts: SeenSubject; readonly login: FirstLogin }): Promise<SeenSubject>;
}

/**
 * To be made before the workflow's first await: an update that finds no handler is refused.
 *
 * The history stays small however long it takes, for the looks are attempts of one activity, which
 * leave no events: a wait of 30 days is about a hundred events (docs/decisions/0012).
 */
export function createLoginWatch(request: OnboardRequest, board: ProgressView): LoginWatch {
  const { waitForLogin } = request;
  let sought: LoginSought | undefined;
  let seen: Seen | undefined;

  setHandler(
    subjectReadyUpdate,
    async (): Promise<LoginPoll> => {
      // The wait may be over, by a look of its own, before this one has come to an end.
      const asked = sought;
      if (asked === undefined) throw notWaiting(request);
      const summary = `has ${asked.user} logged in? somebody says so`;
      const { lookForLogin } = pollAtOnceOn(request.target);
      try {
        const { login } = await lookForLogin.executeWithOptions({ summary }, [asked]);
        if (login !== undefined) seen = { login };
        return answer(asked.user, login);
      } catch (error) {
        if (isForGood(error)) seen = { error };
        throw error;
      }
    },
    {
      description:
        'Says that the person has logged in: looks at once, if their login is waited for',
      validator: () => {
        if (sought === undefined) throw notWaiting(request);
      },
    },
  );

  const isAhead = ({ is }: FirstLogin) => waitForLogin !== undefined && is === 'ahead';
  return {
    isAhead,
    wait: async ({ facts, login }) => {
      if (waitForLogin === undefined) return facts;
      const { subject } = request;
      if (login.is !== 'ahead') {
        await board.step('first login', async () => ({
          step: nothingToWaitFor(subject.name, login),
        }));
        return facts;
      }
      const wait = { ms: durationMs(waitForLogin), since: Date.now(), user: subject.name };
      sought = { user: subject.name, providers: login.providers };
      show(board, wait);
      try {
        const awaited = { ...wait, sought, seen: () => seen, target: request.target };
        const step = () => waitPatiently(awaited).then((found) => tell(found, wait));
        return (await board.step('first login', step)).facts;
      } finally {
        sought = undefined;
        board.waiting(undefined);
        board.state('running');
      }
    },
  };
}

interface Wait {
  readonly user: string;
  readonly ms: number;
  /** Milliseconds of the epoch. */
  readonly since: number;
}

/** What a look has come to: a login, or what ends the wait. */
interface Seen {
  readonly login?: CompletedLogin;
  readonly error?: unknown;
}

/** The looks, until one of them or an update has seen a login; reminders in between; the deadline. */
async function waitPatiently(
  wait: Wait & {
    readonly target: string;
    readonly sought: LoginSought;
    readonly seen: () => Seen | undefined;
  },
): Promise<CompletedLogin> {
  const { user, ms, since, target, sought } = wait;
  let looked: Seen | undefined;
  const looks = new CancellationScope();
  const looking = looks.run(async () => {
    try {
      const summary = `has ${user} logged in? (looks ${PACE})`;
      looked = {
        login: await pollOn(target).awaitLogin.executeWithOptions({ summary }, [sought]),
      };
    } catch (error) {
      if (!isCancellation(error)) looked = { error };
    }
  });
  const seen = () => wait.seen() ?? looked;
  let end: Seen | undefined;
  try {
    for (const at of remindersOf(ms)) {
      const left = Math.max(1, since + at - Date.now());
      const summary = at === ms ? 'the deadline' : 'a reminder';
      if (await condition(() => seen() !== undefined, left, { summary })) break;
      if (at < ms) remind(wait, ms - at);
    }
    end = seen();
  } finally {
    looks.cancel();
    await looking;
  }
  // A look that was under way at the deadline may have seen somebody; that it was lost says nothing.
  const login = (end ?? seen())?.login;
  if (login !== undefined) return login;
  throw end === undefined ? timedOut(wait) : end.error;
}

// Other than a cluster that does not answer: that look has failed, and the wait goes on.
function isForGood(error: unknown): boolean {
  const { cause } = error instanceof ActivityFailure ? error : {};
  return cause instanceof ApplicationFailure && cause.type === 'WrongProvider';
}

function remind({ user, since }: Wait, leftMs: number): void {
  log.warn('a first login is still waited for', {
    subject: user,
    since: new Date(since).toISOString(),
    left: formatDuration(leftMs),
  });
}

function timedOut({ user, ms }: Wait): PurserError {
  return new PurserError(
    'LoginTimedOut',
    `${user} has not logged in within ${formatDuration(ms)}; have them log in once (web console or oc login), then start again, or wait longer with --wait-for-login`,
  );
}

function show(board: ProgressView, { user, ms, since }: Wait): void {
  board.state('awaiting-first-login');
  board.waiting({
    for: `${user}'s first login`,
    since: new Date(since).toISOString(),
    until: new Date(since + ms).toISOString(),
    advice: `Purser looks ${PACE}; the pending activity shows when next. \`purser ready ${user}\` looks at once.`,
    // Whoever waits for days must not learn only at the deadline what stood in the way.
    findings: [...board.findings],
  });
}

function tell({ facts, through }: CompletedLogin, { user, since }: Wait) {
  const waited = Date.now() - since;
  const detail = `${user} has a User (uid ${facts.uid ?? 'unknown'}) with an Identity of ${through.join(', ')}, as a first login makes it; it took ${formatDuration(waited)}`;
  const step: Step = { name: 'first login', outcome: 'passed', detail, durationMs: waited };
  return { step, facts };
}

function nothingToWaitFor(user: string, login: Exclude<FirstLogin, { is: 'ahead' }>): Step {
  const detail =
    login.is === 'not-applicable'
      ? login.why
      : // Purser or an administrator may have made it beforehand, and nothing tells that apart.
        `${user} is mapped already (Identity of ${login.through.join(', ')}): their next login leads to this User; whether there has been one cannot be seen`;
  return { name: 'first login', outcome: 'not-applicable', detail, durationMs: 0 };
}

function answer(user: string, login: CompletedLogin | undefined): LoginPoll {
  return login === undefined
    ? {
        hasLoggedIn: false,
        detail: `${user} has not logged in yet; the onboarding goes on waiting`,
      }
    : {
        hasLoggedIn: true,
        detail: `${user} has a User with an Identity of ${login.through.join(', ')}; the onboarding goes on`,
      };
}

function notWaiting({ subject, target }: OnboardRequest): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `the onboarding of ${formatSubject(subject)} on ${target} is not waiting for a first login`,
    'NotWaiting',
  );
}
