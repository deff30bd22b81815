import { stage } from '../../registry/play.ts';
import type { Reply, Seen, Stage } from '../../registry/play.ts';
import type { Pair } from '../../registry/certificates.ts';
import { ca } from './provider-check.ts';

/** A site that answers by path; anything else is 404. Its certificate is for `host`, of `ca`. */
export async function site(
  host: string,
  pages: Readonly<Record<string, Reply>>,
  pair?: Pair,
): Promise<Stage> {
  const say = ({ url }: Seen): Reply => pages[url] ?? { status: 404, body: 'no such page' };
  return stage(say, pair ?? (await ca.leaf([host])));
}

/** A JSON page. */
export function page(body: unknown, status = 200): Reply {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: JSON.stringify(body) };
}

/** The discovery document of a plain issuer, to be spoiled by a test. */
export function discovery(issuer: string, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    claims_supported: ['sub', 'preferred_username'],
    scopes_supported: ['openid', 'profile'],
    ...changes,
  };
}

export const KEYS = { keys: [{ kty: 'RSA', use: 'sig', kid: '1' }] };
