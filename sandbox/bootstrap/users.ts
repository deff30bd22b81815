import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../api/kube-object.ts';
import { ownNamespace } from './namespaces.ts';

/** The HTPasswd provider's name; identities are called <provider>:<user>. */
export const providerName = 'local';

/** Users known to the provider. Those who have logged in before have a User and an Identity; dana has not. */
const everybody = ['alice', 'bob', 'carol', 'dana'];
const seenBefore = ['alice', 'bob', 'carol'];

/**
 * The htpasswd file of the provider. Nobody logs in by password here (login.ts makes the token): each
 * hash has the form of bcrypt's and is the hash of no known password.
 */
export function htpasswd(): KubeObject {
  const lines = everybody.map((name) => `${name}:$2y$12$${bcryptText(16)}${bcryptText(23)}\n`);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'htpasswd', namespace: 'openshift-config' },
    type: 'Opaque',
    data: { htpasswd: Buffer.from(lines.join('')).toString('base64') },
  };
}

// bcrypt writes base 64 with an alphabet of its own.
function bcryptText(bytes: number): string {
  const [from, to] = [`${LETTERS}0123456789+/`, `./${LETTERS}0123456789`];
  const text = randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return text.replaceAll(/./g, (each) => to[from.indexOf(each)] ?? '');
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

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
