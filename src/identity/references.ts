import { fieldValueAt } from './provider-fields.ts';
import type { Provider, Reference } from './setup.ts';

type ReferenceField = readonly [field: string, kind: Reference['kind'], key: string];

const CA = 'ca.crt';
function client(block: string): readonly ReferenceField[] {
  return [
    [`${block}.tlsClientCert`, 'Secret', 'tls.crt'],
    [`${block}.tlsClientKey`, 'Secret', 'tls.key'],
  ];
}
function secret(block: string): ReferenceField {
  return [`${block}.clientSecret`, 'Secret', 'clientSecret'];
}
function ca(block: string): ReferenceField {
  return [`${block}.ca`, 'ConfigMap', CA];
}

/** Each type's references and the keys that OpenShift expects there (config.openshift.io/v1, OAuth). */
const REFERENCES: Readonly<Record<string, readonly ReferenceField[]>> = {
  BasicAuth: [ca('basicAuth'), ...client('basicAuth')],
  HTPasswd: [['htpasswd.fileData', 'Secret', 'htpasswd']],
  LDAP: [ca('ldap'), ['ldap.bindPassword', 'Secret', 'bindPassword']],
  GitHub: [ca('github'), secret('github')],
  GitLab: [ca('gitlab'), secret('gitlab')],
  Google: [secret('google')],
  Keystone: [ca('keystone'), ...client('keystone')],
  OpenID: [ca('openID'), secret('openID')],
  RequestHeader: [ca('requestHeader')],
  OIDC: [['issuer.issuerCertificateAuthority', 'ConfigMap', 'ca-bundle.crt']],
};

/** The Secrets and ConfigMaps of openshift-config that a provider names. */
export function referencesOf(provider: Provider): readonly Reference[] {
  const places = Object.hasOwn(REFERENCES, provider.type) ? (REFERENCES[provider.type] ?? []) : [];
  return places.flatMap(([field, kind, key]) => {
    const object = fieldValueAt(provider, `${field}.name`);
    return typeof object === 'string' && object !== '' ? [{ field, kind, object, key }] : [];
  });
}
