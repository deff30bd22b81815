import { createFinding } from '../../../src/domain/finding.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { PurserError } from '../../../src/domain/errors.ts';
import { subjectKey } from '../../../src/domain/subject.ts';
import type { SubjectToken } from '../../../src/openshift/tokens.ts';
import { RegistryFailure } from '../../../src/registry/failure.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import type { RegistrySession } from '../../../src/registry/session.ts';
import type { Target } from '../../target.ts';
import { acquireToken } from './acquire-token.ts';
import type { ProofSubject } from './acquire-token.ts';
import { ourTrouble } from './context.ts';

// Longer than an act takes: the time for reading images is the longest of it (images/read.ts).
const RENEWED_BEFORE_MS = 150_000;

/** The subject's login at the registry, for as long as a proof takes. */
export interface RegistryLogin {
  /**
   * The login at hand, with a new token where the old one ends soon. Throws what taking a token and
   * logging in throw.
   */
  current(): Promise<{ readonly session: RegistrySession; readonly token: string }>;
  /** Ends the token. That it could not be ended is told as a finding. */
  release(): Promise<void>;
}

/** How a login is kept up. */
export interface LoginMeans {
  readonly registry: Registry;
  /** The first token; `current` logs in with it. */
  readonly borrowed: SubjectToken;
  readonly find: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** See {@link RegistryLogin}. */
export function createLogin(
  target: Target,
  borrower: ProofSubject,
  { registry, borrowed, find, signal }: LoginMeans,
): RegistryLogin {
  const account = subjectKey(borrower.subject).replaceAll(':', '-');
  let token = borrowed;
  let session: RegistrySession | undefined;
  // Not under the activity's signal: a cancelled proof gives its token back, too.
  const release = (): Promise<void> =>
    token.release().catch((error: unknown) => {
      const text = `the token that was borrowed is not deleted yet: ${ourTrouble(error)}`;
      find(createFinding('warning', 'probe', text));
    });
  return {
    release,
    current: async () => {
      if (token.endsAt - Date.now() < RENEWED_BEFORE_MS) {
        session = undefined;
        // First, because a service account's token hangs on a Secret whose name is the proof's.
        await release();
        const renewed = await acquireToken(target, borrower, signal);
        if ('whyNot' in renewed) throw new PurserError('CredentialsUnavailable', renewed.whyNot);
        token = renewed;
      }
      session ??= await registry.login(token.token, { account }, signal);
      return { session, token: token.token };
    },
  };
}

/**
 * Runs an act after a login that has passed. That the registry does not take the token any more (it
 * ended, or somebody has deleted it) says nothing about what its owner may do: thrown as
 * `CredentialsUnavailable`, which another attempt, with another token, may not meet.
 */
export async function withToken<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.failureCause !== 'unauthorized') throw error;
    throw new PurserError(
      'CredentialsUnavailable',
      `the registry took the token at the login and does not take it any more (${error.message})`,
    );
  }
}
