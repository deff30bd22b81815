import { createHash } from 'node:crypto';

const PREFIX = 'sha256~';

/**
 * The name of the OAuthAccessToken behind a token: `sha256~` and the unpadded base64url of the SHA-256 of the
 * token's text after its prefix, hashed as ASCII (openshift-facts.md 4.3). `undefined` for any other token.
 */
export function objectNameOf(token: string): string | undefined {
  if (!token.startsWith(PREFIX) || token.length === PREFIX.length) {
    return undefined;
  }
  const secret = token.slice(PREFIX.length);
  return `${PREFIX}${createHash('sha256').update(secret).digest('base64url')}`;
}
