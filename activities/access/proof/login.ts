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

// Longer than an act takes: the longest part is the time to read images (images/read.ts).
const RENEWED_BEFORE_MS = 150_000;

/** The subject's login at the registry for one proof. */
export interface RegistryLogin {
  /**
   * The current login, with a new token if the old one ends soon. Throws as the acquisition of a token
   * and the login do.
   */
  current(): Promise<{ readonly session: RegistrySession; readonly token: string }>;
  /** Deletes the token. A failure becomes a finding. */
  release(): Promise<void>;
}

/** What a login needs. */
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
  // Not under the activity's signal: a cancelled proof deletes its token, too.
  const release = (): Promise<void> =>
    token.release().catch((error: unknown) => {
      const text = `the token of the proof is not deleted yet: ${describeOwnFailure(error)}`;
      addFinding(createFinding('warning', 'probe', text));
    });
  return {
    release,
    current: async () => {
      if (token.endsAt - Date.now() < RENEWED_BEFORE_MS) {
        session = undefined;
        // First, because a service account's token is bound to a Secret, whose name is fixed for a proof.
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
 * Runs an act after a successful login. If the registry rejects the token now (it ended, or was deleted),
 * that says nothing about its owner's rights. Thrown as `CredentialsUnavailable`, because another
 * attempt, with another token, may succeed.
 */
export async function withToken<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.failureCause !== 'unauthorized') throw error;
    throw new PurserError(
      'CredentialsUnavailable',
      `the registry accepted the token at the login and rejects it now (${error.message})`,
    );
  }
}
