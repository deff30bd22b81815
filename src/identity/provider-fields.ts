/**
 * The required fields of a provider's own block (config.openshift.io/v1, OAuth; openshift-facts.md 4.6).
 */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  BasicAuth: ['basicAuth.url'],
  HTPasswd: ['htpasswd.fileData.name'],
  LDAP: ['ldap.url', 'ldap.attributes.id'],
  GitHub: ['github.clientID', 'github.clientSecret.name'],
  GitLab: ['gitlab.clientID', 'gitlab.clientSecret.name', 'gitlab.url'],
  Google: ['google.clientID', 'google.clientSecret.name'],
  Keystone: ['keystone.url', 'keystone.domainName'],
  OpenID: ['openID.clientID', 'openID.clientSecret.name', 'openID.issuer'],
  RequestHeader: ['requestHeader.ca.name', 'requestHeader.headers'],
  OIDC: ['issuer.issuerURL', 'issuer.audiences', 'claimMappings.username'],
};

/** The types that an OAuth configuration may name. */
export const OAUTH_TYPES: readonly string[] = Object.keys(FIELDS).filter((type) => type !== 'OIDC');

/** The required fields that a provider lacks, as dotted paths; nothing for an unknown type. */
export function missingFields(provider: { readonly type: string }): readonly string[] {
  const required = Object.hasOwn(FIELDS, provider.type) ? (FIELDS[provider.type] ?? []) : [];
  return required.filter((field) => isEmpty(fieldValueAt(provider, field)));
}

/** The value at a dotted path, or undefined. */
export function fieldValueAt(object: unknown, dotted: string): unknown {
  return dotted
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
      object,
    );
}

/** The text at a dotted path; undefined if there is none, or an empty one. */
export function textAt(object: unknown, dotted: string): string | undefined {
  const value = fieldValueAt(object, dotted);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list at a dotted path. */
export function textsAt(object: unknown, dotted: string): readonly string[] {
  const value = fieldValueAt(object, dotted);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}
