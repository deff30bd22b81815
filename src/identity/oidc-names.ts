import { textAt } from './provider-fields.ts';

/**
 * The name that a cluster with an external issuer knows a person or group by: with the configured prefix
 * (Authentication/cluster, claimMappings). Without a policy, people get the prefix `<issuerURL>#`, unless
 * the claim `email` names them: the API server's own default. A name that already has the prefix stays as
 * it is.
 */
export function clusterNameOf(
  provider: object,
  { kind, name }: { readonly kind: 'User' | 'Group'; readonly name: string },
): string {
  const prefix = kind === 'User' ? userPrefix(provider) : groupPrefix(provider);
  // The cluster's own groups come from no issuer.
  if (kind === 'Group' && name.startsWith('system:')) return name;
  return name.startsWith(prefix) ? name : `${prefix}${name}`;
}

function userPrefix(provider: object): string {
  const at = 'claimMappings.username';
  // The result of an expression gets no prefix.
  if (textAt(provider, `${at}.expression`) !== undefined) return '';
  const policy = textAt(provider, `${at}.prefixPolicy`);
  if (policy === 'NoPrefix') return '';
  if (policy === 'Prefix') return textAt(provider, `${at}.prefix.prefixString`) ?? '';
  const issuer = textAt(provider, 'issuer.issuerURL');
  const claim = textAt(provider, `${at}.claim`);
  return issuer === undefined || claim === 'email' ? '' : `${issuer}#`;
}

function groupPrefix(provider: object): string {
  return textAt(provider, 'claimMappings.groups.prefix') ?? '';
}
