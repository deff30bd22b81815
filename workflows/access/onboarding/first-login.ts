import { ActivityFailure, ApplicationFailure, log, setHandler } from '@temporalio/workflow';
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
import { confirmLoginUpdate } from '../../contract.ts';
import type { LoginPoll } from '../../contract.ts';
import { createDecision } from './decision.ts';

/** Waits for the first login of a person whom the cluster does not know yet. */
export interface LoginWatch {
  /** Whether the first login is still to come, and the request asks to wait for it. */
  isAhead(login: FirstLogin): boolean;
  /**
   * Waits if the login {@link isAhead}, and resolves to the facts after it; otherwise to the given facts.
   * Throws `LoginTimedOut` at the deadline and `WrongProvider` for a login through a provider that was
   * not expected when the wait began.
   */
  wait(found: { readonly facts: SeenSubject; readonly login: FirstLogin }): Promise<SeenSubject>;
}

/**
 * Call it before the workflow's first await: Temporal refuses an update that has no handler.
 *
 * The history stays small, however long the wait: polls are attempts of one activity, which leave no
 * events. A wait of 30 days is about a hundred events (docs/decisions/0012).
 */
export function createLoginWatch(request: OnboardRequest, view: ProgressView): LoginWatch {
  const { waitForLogin } = request;
  let awaitedLogin: LoginSought | undefined;
  const decision = createDecision<CompletedLogin>();

  setHandler(
    confirmLoginUpdate,
    async (): Promise<LoginPoll> => {
      // The wait may end, by a poll of its own, before this poll has ended.
      const polled = awaitedLogin;
      if (polled === undefined) throw notWaiting(request);
      const summary = `check now whether ${polled.user} has logged in (requested by purser ready)`;
      const { checkLogin } = pollAtOnceOn(request.target);
      try {
        const { login } = await checkLogin.executeWithOptions({ summary }, [polled]);
        if (login !== undefined) decision.resolve(login);
        return toLoginPoll(polled.user, login);
      } catch (error) {
        if (isFinal(error)) decision.reject(error);
        throw error;
      }
    },
    {
      description:
        'Checks at once whether the person has logged in, if the onboarding waits for their first login',
      validator: () => {
        if (awaitedLogin === undefined) throw notWaiting(request);
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
        await view.step('first login', async () => ({
          step: skippedStep(subject.name, login),
        }));
        return facts;
      }
      const wait = { ms: durationMs(waitForLogin), since: Date.now(), user: subject.name };
      awaitedLogin = { user: subject.name, providers: login.providers };
      show(view, wait);
      try {
        const awaited = pollsFor(wait, request.target, awaitedLogin);
        const step = async () => loginStep(await decision.wait(awaited), wait);
        return (await view.step('first login', step)).facts;
      } finally {
        awaitedLogin = undefined;
        view.waiting(undefined);
        view.state('running');
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

/** The polls are attempts of one activity; reminders and the deadline are timers. */
function pollsFor(wait: Wait, target: string, sought: LoginSought) {
  const summary = `wait for the first login of ${wait.user} (checks ${PACE})`;
  return {
    since: wait.since,
    reminders: remindersOf(wait.ms),
    poll: () => pollOn(target).awaitLogin.executeWithOptions({ summary }, [sought]),
    remind: (leftMs: number) => remind(wait, leftMs),
    timedOut: () => timedOut(wait),
  };
}

// If only the cluster did not answer, this poll has failed and the wait goes on.
function isFinal(error: unknown): boolean {
  const { cause } = error instanceof ActivityFailure ? error : {};
  return cause instanceof ApplicationFailure && cause.type === 'WrongProvider';
}

function remind({ user, since }: Wait, leftMs: number): void {
  log.warn('an onboarding still waits for a first login', {
    subject: user,
    since: new Date(since).toISOString(),
    left: formatDuration(leftMs),
  });
}

function timedOut({ user, ms }: Wait): PurserError {
  return new PurserError(
    'LoginTimedOut',
    `${user} has not logged in within ${formatDuration(ms)}; ask them to log in once (web console or oc login), then start again, or wait longer with --wait-for-login`,
  );
}

function show(view: ProgressView, { user, ms, since }: Wait): void {
  view.state('awaiting-first-login');
  view.waiting({
    for: `${user}'s first login`,
    since: new Date(since).toISOString(),
    until: new Date(since + ms).toISOString(),
    advice: `Purser checks ${PACE}; the pending activity shows the time of the next check. \`purser ready ${user}\` checks at once.`,
    // A problem that prevents the login must be visible during the wait, and not only at the deadline.
    findings: [...view.findings],
  });
}

function loginStep({ facts, through }: CompletedLogin, { user, since }: Wait) {
  const waited = Date.now() - since;
  const detail = `${user} has a User (uid ${facts.uid ?? 'unknown'}) with an Identity of ${through.join(', ')}, as a first login makes it; it took ${formatDuration(waited)}`;
  const step: Step = { name: 'first login', outcome: 'passed', detail, durationMs: waited };
  return { step, facts };
}

function skippedStep(user: string, login: Exclude<FirstLogin, { is: 'ahead' }>): Step {
  const detail =
    login.is === 'not-applicable'
      ? login.why
      : // Purser or an administrator may have created it beforehand; a login looks the same.
        `${user} is mapped already (Identity of ${login.through.join(', ')}): their next login uses this User. Purser cannot see whether they have logged in before`;
  return { name: 'first login', outcome: 'not-applicable', detail, durationMs: 0 };
}

function toLoginPoll(user: string, login: CompletedLogin | undefined): LoginPoll {
  return login === undefined
    ? {
        hasLoggedIn: false,
        detail: `${user} has not logged in yet; the onboarding goes on waiting`,
      }
    : {
        hasLoggedIn: true,
        detail: `${user} has a User with an Identity of ${login.through.join(', ')}; the onboarding continues`,
      };
}

function notWaiting({ subject, target }: OnboardRequest): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `the onboarding of ${formatSubject(subject)} on ${target} is not waiting for a first login`,
    'NotWaiting',
  );
}
