import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { stage } from '../../registry/play.ts';
import type { Reply, Seen, Stage } from '../../registry/play.ts';
import type { Pair } from '../../registry/certificates.ts';
import { ca, SECRET } from './judge.ts';

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

/** A real OpenID provider, with OpenShift as a client; resolves to its port. */
export async function startOpenId(issuer: string, pair: Pair) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'test' }] },
    cookies: { keys: ['a key of this test only'] },
    clients: [
      {
        client_id: 'openshift',
        client_secret: SECRET,
        redirect_uris: ['https://oauth.test/oauth2callback/corp'],
      },
    ],
    claims: { profile: ['preferred_username', 'name'] },
  });
  const answer = provider.callback();
  const server = createServer(pair, (request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
