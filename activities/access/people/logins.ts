import { ClusterFailure } from '../../../src/kubernetes/api/failure.ts';
import { findSubject } from '../../../src/openshift/subjects.ts';
import { findUser } from '../../../src/openshift/users/accounts.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { providerOf, strangers } from '../../../src/access/model/first-login.ts';
import { loginSoughtSchema } from '../../../src/access/model/inputs.ts';
import type { LoginSought } from '../../../src/access/model/inputs.ts';
import { parseRequest } from '../../../src/domain/request.ts';
import { READ_PATIENCE_MS } from '../../../src/domain/patience.ts';
import { attempt } from '../../attempt.ts';
import { briefFacts } from './look-up.ts';
import type { SeenSubject } from './look-up.ts';
import type { Target } from '../../target.ts';

/** A login that has taken place: the subject from now on, and the providers of its identities. */
export interface CompletedLogin {
  readonly facts: SeenSubject;
  readonly through: readonly string[];
}

// The workflow ends the wait. No failure of a single check does.
const WAIT_OPTIONS = { patience: Infinity };

const READ_OPTIONS = { patience: READ_PATIENCE_MS };

export function createLoginActivities(target: Target) {
  return {
    /**
     * Waits for a first login: fails with `NotLoggedIn` as long as there was none, and Temporal retries it
     * at growing intervals. That adds nothing to the history, takes no worker's slot in between, and the
     * Web UI shows when the next attempt is.
     *
     * Throws `WrongProvider` if the person has an identity of a provider that was not expected.
     */
    async awaitLogin(given: LoginSought): Promise<CompletedLogin> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(loginSoughtSchema, given);
        const login = await asRetryable(() => findLogin(target, input, signal));
        target.at('looked for a login');
        if (login !== undefined) return login;
        throw new PurserError('NotLoggedIn', `${input.user} has not logged in yet`);
      }, WAIT_OPTIONS);
    },

    /** Checks once. Throws as {@link createLoginActivities}'s awaitLogin does, except `NotLoggedIn`. */
    async checkLogin(given: LoginSought): Promise<{ readonly login?: CompletedLogin }> {
      return attempt(async ({ signal }) => {
        const input = parseRequest(loginSoughtSchema, given);
        const login = await findLogin(target, input, signal);
        return login === undefined ? {} : { login };
      }, READ_OPTIONS);
    },
  };
}

// A User alone is no login: an administrator may have made it. A login makes an Identity.
async function findLogin(
  { cluster, name }: Target,
  { user, providers }: LoginSought,
  signal: AbortSignal,
): Promise<CompletedLogin | undefined> {
  const account = await findUser(cluster, user, signal);
  if ((account?.identities ?? []).length === 0) return undefined;
  const facts = await findSubject(cluster, { kind: 'User', name: user }, true, signal);
  assertExpected({ user, target: name }, facts.identities ?? [], providers);
  return { facts: briefFacts(facts), through: (facts.identities ?? []).map(providerOf) };
}

/**
 * Throws `WrongProvider` if an identity is of none of these providers. Roles are bound to names, and a
 * name is as trustworthy as the provider that vouches for it (docs/decisions/0012).
 */
export function assertExpected(
  { user, target }: { readonly user: string; readonly target: string },
  identities: readonly string[],
  expected: readonly string[],
): void {
  const [stranger] = strangers(identities, expected);
  if (stranger === undefined) return;
  throw new PurserError(
    'WrongProvider',
    `${user} is known to ${target} through the provider ${stranger}, and ${expected.join(' or ')} was expected: it may be another person of that name. ` +
      'If it is the same person, start again: the provider counts as expected from then on, unless --provider names another',
  );
}

// The wait takes days. A short loss of Purser's own rights must not end it.
async function asRetryable<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error;
    throw new PurserError('ServerError', `${error.message}; Purser will check again`, {
      cause: error,
      retryAfterMs: error.retryAfterMs,
    });
  }
}
