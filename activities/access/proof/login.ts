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
import { describeOwnFailure } from './context.ts';

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
export interface ProofLoginOptions {
  readonly registry: Registry;
  /** The first token; `current` logs in with it. */
  readonly acquired: SubjectToken;
  readonly addFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** See {@link RegistryLogin}. */
export function createLogin(
  target: Target,
  proofSubject: ProofSubject,
  { registry, acquired, addFinding, signal }: ProofLoginOptions,
): RegistryLogin {
  const account = subjectKey(proofSubject.subject).replaceAll(':', '-');
  let token = acquired;
  let session: RegistrySession | undefined;
  // Not under the activity's signal: a cancelled proof gives its token back, too.
  const release = (): Promise<void> =>
    token.release().catch((error: unknown) => {
      const text = `the token that was acquired is not deleted yet: ${describeOwnFailure(error)}`;
      addFinding(createFinding('warning', 'probe', text));
    });
  return {
    release,
    current: async () => {
      if (token.endsAt - Date.now() < RENEWED_BEFORE_MS) {
        session = undefined;
        // First, because a service account's token hangs on a Secret whose name is the proof's.
        await release();
        const renewed = await acquireToken(target, proofSubject, signal);
        if ('obstacle' in renewed)
          throw new PurserError('CredentialsUnavailable', renewed.obstacle);
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
