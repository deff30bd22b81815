/** The parts of the API's Status object that say why a request was refused. */
export interface ApiStatus {
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly details?:
    | {
        readonly name?: string | undefined;
        readonly causes?:
          | readonly {
              readonly reason?: string | undefined;
              readonly message?: string | undefined;
            }[]
          | undefined;
      }
    | undefined;
}

/**
 * What refused a request after authorization: none of these is a missing right of Purser's.
 * `admission`: a webhook, a ValidatingAdmissionPolicy or an OpenShift restriction denied it; `quota`: a
 * ResourceQuota is used up; `terminating`: the namespace is being deleted.
 */
export type ApiRefusal = 'admission' | 'quota' | 'terminating';

/**
 * Distinguishes the refusals. The status code does not: a webhook chooses its own, a policy's is 422, 403
 * or 413, and quota and terminating namespaces share 403 with a missing right (measured on
 * kube-apiserver 1.36: test/acceptance/cluster-refusals.test.ts).
 */
export function refusalOf(status: ApiStatus): ApiRefusal | undefined {
  const causes = status.details?.causes ?? [];
  if (causes.some(({ reason }) => reason === 'NamespaceTerminating')) return 'terminating';
  const reason = ownReason(status);
  if (QUOTA.some((words) => reason.startsWith(words))) return 'quota';
  const isDenied =
    // Also as a cause: oauth-apiserver puts other text before it (openshift-facts.md 11).
    [reason, ...causes.map(({ message = '' }) => message)].some((words) =>
      words.startsWith("ValidatingAdmissionPolicy '"),
    ) ||
    /^admission webhook "[^"]{1,253}" denied the request/.test(reason) ||
    RESTRICTION.test(reason);
  return isDenied ? 'admission' : undefined;
}

// Not `status unknown for quota`: the quota has not been counted yet, which passes.
const QUOTA = ['exceeded quota: ', 'failed quota: '];

// OpenShift's RoleBindingRestrictions: `rolebindings to User "x" are not allowed in project "y"`.
const RESTRICTION = /^rolebindings to \w+ "[^"]{1,512}" are not allowed in project /;

/**
 * The message after the `<resource> "<name>" is forbidden: ` that the API puts before it. The known name is
 * cut off exactly: a binding's name contains a person's name, which may look like a refusal.
 */
function ownReason({ message = '', details }: ApiStatus): string {
  const before = `"${details?.name ?? ''}" is forbidden: `;
  const at = message.indexOf(before);
  return at === -1 ? message : message.slice(at + before.length);
}
