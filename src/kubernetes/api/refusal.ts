/** The API's Status object, as far as it says why something was refused. */
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
 * What refused a request that the API server had let in: none of these is a missing right of Purser's.
 * `admission`: a webhook, a ValidatingAdmissionPolicy or an OpenShift restriction said no; `quota`: a
 * ResourceQuota is used up; `terminating`: the namespace is being deleted.
 */
export type ApiRefusal = 'admission' | 'quota' | 'terminating';

/**
 * Tells the refusals apart. The status code does not: a webhook chooses its own, a policy's is 422, 403
 * or 413, and quota and terminating namespaces share 403 with a missing right (measured on
 * kube-apiserver 1.36: test/acceptance/cluster-refusals.test.ts).
 */
export function refusalOf(status: ApiStatus): ApiRefusal | undefined {
  const causes = status.details?.causes ?? [];
  if (causes.some(({ reason }) => reason === 'NamespaceTerminating')) return 'terminating';
  const said = ownWords(status);
  if (QUOTA.some((words) => said.startsWith(words))) return 'quota';
  const isDenied =
    // As a cause, too: oauth-apiserver puts other words before it (openshift-facts.md 11).
    [said, ...causes.map(({ message = '' }) => message)].some((words) =>
      words.startsWith("ValidatingAdmissionPolicy '"),
    ) ||
    /^admission webhook "[^"]{1,253}" denied the request/.test(said) ||
    RESTRICTION.test(said);
  return isDenied ? 'admission' : undefined;
}

// Not `status unknown for quota`: nobody has counted yet, which passes.
const QUOTA = ['exceeded quota: ', 'failed quota: '];

// OpenShift's RoleBindingRestrictions: `rolebindings to User "x" are not allowed in project "y"`.
const RESTRICTION = /^rolebindings to \w+ "[^"]{1,512}" are not allowed in project /;

/**
 * The message behind the `<resource> "<name>" is forbidden: ` that the API puts before it. The name is
 * cut off by what it is: a person's name is part of a binding's, and may read like any refusal.
 */
function ownWords({ message = '', details }: ApiStatus): string {
  const before = `"${details?.name ?? ''}" is forbidden: `;
  const at = message.indexOf(before);
  return at === -1 ? message : message.slice(at + before.length);
}
