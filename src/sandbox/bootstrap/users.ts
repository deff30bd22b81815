import { createHash, randomBytes } from 'node:crypto';
import type { KubeObject } from '../api/kube-object.ts';
import { ownNamespace } from './namespaces.ts';

/** The HTPasswd provider's name; identities are called <provider>:<user>. */
export const providerName = 'local';

/** Users known to the provider. Those who have logged in before have a User and an Identity; dana has not. */
const everybody = ['alice', 'bob', 'carol', 'dana'];
const seenBefore = ['alice', 'bob', 'carol'];

/**
 * The htpasswd file of the provider. Nobody logs in by password here (login.ts makes the token), so the
 * passwords are random and kept nowhere; `{SHA}` is the one scheme that needs no dependency.
 */
export function htpasswd(): KubeObject {
  const lines = everybody.map((name) => {
    const hash = createHash('sha1').update(randomBytes(32)).digest('base64');
    return `${name}:{SHA}${hash}\n`;
  });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'htpasswd', namespace: 'openshift-config' },
    type: 'Opaque',
    data: { htpasswd: Buffer.from(lines.join('')).toString('base64') },
  };
}

export function oauthClients(): readonly KubeObject[] {
  const issuer = 'https://oauth-openshift.apps.sandbox.test';
  const client = (name: string, rest: object): KubeObject => ({
    apiVersion: 'oauth.openshift.io/v1',
    kind: 'OAuthClient',
    metadata: { name },
    grantMethod: 'auto',
    ...rest,
  });
  return [
    client('openshift-browser-client', {
      secret: randomBytes(32).toString('base64url'),
      redirectURIs: [`${issuer}/oauth/token/display`],
    }),
    client('openshift-challenging-client', {
      respondWithChallenges: true,
      redirectURIs: [`${issuer}/oauth/token/implicit`],
    }),
    client('openshift-cli-client', {
      redirectURIs: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
    }),
  ];
}

/** Each user that has logged in before, for first-login.ts. */
export function knownUsers(): readonly string[] {
  return seenBefore;
}

export function groups(): readonly KubeObject[] {
  return [
    {
      apiVersion: 'user.openshift.io/v1',
      kind: 'Group',
      metadata: { name: 'registry-pullers' },
      users: ['carol'],
    },
  ];
}

export function serviceAccounts(): readonly KubeObject[] {
  const account = (namespace: string, name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace },
  });
  return [
    account('team-a', 'ci'),
    account(ownNamespace, 'purser'),
    account('openshift-image-registry', 'registry'),
    account('openshift-monitoring', 'prometheus-k8s'),
  ];
}
