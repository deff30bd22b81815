import type { Reply } from '../../registry/play.ts';
import { ca, networkTo, SECRET, setupOf } from './provider-check.ts';
import { discovery, KEYS, page } from './sites.ts';

export const HOST = 'idp.test';
export const ISSUER = `https://${HOST}`;
export const WELL_KNOWN = '/.well-known/openid-configuration';

/** What differs from a provider of type OpenID in good order. */
export interface OpenIdCase {
  readonly issuer?: string;
  readonly openID?: Readonly<Record<string, unknown>>;
  readonly material?: Readonly<Record<string, string>>;
}

/** A provider of type OpenID whose server is at a port of this machine. */
export function openIdAt(
  port: number,
  { issuer = ISSUER, openID = {}, material = {} }: OpenIdCase = {},
) {
  return setupOf(
    {
      name: 'corp',
      type: 'OpenID',
      openID: {
        clientID: 'openshift',
        clientSecret: { name: 'secret' },
        ca: { name: 'ca' },
        issuer,
        claims: { preferredUsername: ['preferred_username'] },
        ...openID,
      },
    },
    { 'openID.ca': ca.cert, 'openID.clientSecret': SECRET, ...material },
    networkTo({ [HOST]: port }),
  );
}

export type Pages = Readonly<Record<string, Reply>>;

/** A site with this discovery document, and keys. */
export function documented(changes: Readonly<Record<string, unknown>>): Pages {
  return {
    [WELL_KNOWN]: page(discovery(ISSUER, changes)),
    '/keys': page(KEYS),
  };
}
