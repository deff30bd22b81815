const NUMBER = 'the number of their account';

/**
 * What OpenShift names an Identity by, for types that do not use the login name (oauth-server and
 * cluster-authentication-operator; openshift-facts.md 11.3).
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

/** The same, for types that may use the login name. */
const ASSUMED_IDS: Readonly<Record<string, string>> = {
  RequestHeader: 'what its proxy sends in `headers`',
  BasicAuth: 'the sub that its server answers with',
};

/** What an Identity of this type is named by, in words. Undefined if that is the login name, or may be. */
export function ownIdOf(type: string | undefined): string | undefined {
  return lookUpIn(IDS, type);
}

/** Whether it is a number, which oauth-server writes in digits. */
export function isNumbered(type: string | undefined): boolean {
  return ownIdOf(type) === NUMBER;
}

/** What an Identity of this type may be named by instead of the assumed login name. */
export function assumedIdOf(type: string | undefined): string | undefined {
  return lookUpIn(ASSUMED_IDS, type);
}

/**
 * Whether a login through such a provider makes a User with exactly the typed name. The provider prefers
 * that name, so OpenShift refuses one with `:` or `/` instead of writing it in base64.
 */
export function makesTypedUser({ type, mappingMethod }: TypedProvider): boolean {
  return type === 'Keystone' && mappingMethod !== 'lookup';
}

interface TypedProvider {
  readonly type?: string | undefined;
  readonly mappingMethod?: string | undefined;
}

function lookUpIn(table: Readonly<Record<string, string>>, type = ''): string | undefined {
  return Object.hasOwn(table, type) ? table[type] : undefined;
}
