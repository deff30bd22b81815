/** Each provider type's own block in OAuth/cluster, and what must be in it (openshift-facts.md 4.6). */
const FIELDS: Readonly<
  Record<string, { readonly block: string; readonly required: readonly string[] }>
> = {
  BasicAuth: { block: 'basicAuth', required: ['url'] },
  HTPasswd: { block: 'htpasswd', required: ['fileData.name'] },
  LDAP: { block: 'ldap', required: ['url', 'attributes.id'] },
  GitHub: { block: 'github', required: ['clientID', 'clientSecret.name'] },
  GitLab: { block: 'gitlab', required: ['clientID', 'clientSecret.name', 'url'] },
  Google: { block: 'google', required: ['clientID', 'clientSecret.name'] },
  Keystone: { block: 'keystone', required: ['url', 'domainName'] },
  OpenID: { block: 'openID', required: ['clientID', 'clientSecret.name', 'issuer'] },
  RequestHeader: { block: 'requestHeader', required: ['ca.name', 'headers'] },
};

/**
 * What is missing in a provider's configuration, one sentence each; nothing where it is complete.
 * Only presence is judged here: whether the other end answers is not asked.
 */
export function missingFields(provider: {
  readonly name: string;
  readonly type: string;
}): readonly string[] {
  const known = Object.hasOwn(FIELDS, provider.type) ? FIELDS[provider.type] : undefined;
  if (known === undefined) {
    const types = Object.keys(FIELDS).join(', ');
    return [`provider ${provider.name}: type ${JSON.stringify(provider.type)} is none of ${types}`];
  }
  return known.required
    .map((field) => `${known.block}.${field}`)
    .filter((field) => isEmpty(valueAt(provider, field)))
    .map((field) => `provider ${provider.name} (${provider.type}): ${field} is not set`);
}

/** The value at a dotted path, or undefined. */
export function valueAt(object: unknown, dotted: string): unknown {
  return dotted
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
      object,
    );
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}
