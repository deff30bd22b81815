const NUMBER = 'the number of their account';

/**
 * By what OpenShift names the Identity of a type's people where that is not the name that they log in
 * with (oauth-server and cluster-authentication-operator; openshift-facts.md 11.3).
 */
const IDS: Readonly<Record<string, string>> = {
  LDAP: "the base64url of their entry's id attribute (ldap.attributes.id)",
  OpenID: 'the claim sub',
  Google: 'the claim sub',
  GitLab: NUMBER,
  GitHub: NUMBER,
  // The operator always sets UseKeystoneIdentity.
  Keystone: "Keystone's id of the user",
};

/** The same, where it may be the name that they log in with. */
const MAYBE: Readonly<Record<string, string>> = {
  RequestHeader: 'what its proxy sends in `headers`',
  BasicAuth: 'the sub that its server answers with',
};

/** What the Identity of a type's people is named by, in words; undefined where it is their login name, or may be. */
export function ownIdOf(type: string | undefined): string | undefined {
  return lookedUp(IDS, type);
}

/** Whether that is a number, which oauth-server writes in digits. */
export function isNumbered(type: string | undefined): boolean {
  return ownIdOf(type) === NUMBER;
}

/** What the Identity of a type's people is named by, where their login name was only assumed to be that. */
export function assumedIdOf(type: string | undefined): string | undefined {
  return lookedUp(MAYBE, type);
}

/**
 * Whether a login through such a provider makes a User of the very name that was typed. It is the name that
 * the provider prefers, so that one with `:` or `/` is refused, and not written in base64.
 */
export function makesTypedUser({ type, mappingMethod }: Typed): boolean {
  return type === 'Keystone' && mappingMethod !== 'lookup';
}

interface Typed {
  readonly type?: string | undefined;
  readonly mappingMethod?: string | undefined;
}

function lookedUp(table: Readonly<Record<string, string>>, type = ''): string | undefined {
  return Object.hasOwn(table, type) ? table[type] : undefined;
}
