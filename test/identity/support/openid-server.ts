import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import type { Pair } from '../../registry/certificates.ts';
import { SECRET } from './provider-check.ts';

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
