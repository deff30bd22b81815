import { RegistryFailure } from './failure.ts';

/**
 * The registry says 401 for a bad token and for a good one without the right (openshift-facts.md 1.3):
 * `forbidden` if `/v2/` still accepts the same token, else the unchanged failure. If that cannot be checked,
 * the check's own failure is thrown: a guess would prove or disprove an access.
 */
export async function explainRefusal(
  error: unknown,
  stillLoggedIn: () => Promise<boolean>,
): Promise<unknown> {
  if (!(error instanceof RegistryFailure) || error.failureCause !== 'unauthorized') return error;
  if (!(await stillLoggedIn())) return error;
  const code = error.code === undefined ? '' : ` ${error.code}`;
  return new RegistryFailure(
    error.tried,
    `${error.status}${code}, while /v2/ still takes the token`,
    { failureCause: 'forbidden', status: error.status, code: error.code, cause: error },
  );
}
