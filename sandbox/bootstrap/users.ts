import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../api/kube-object.ts';
import { ownNamespace } from './namespaces.ts';

/** The HTPasswd provider's name; identities are named <provider>:<user>. */
export const providerName = 'local';

/**
 * The provider's users. Those who have logged in before have a User and an Identity; dana has not logged
 * in.
 */
const allUsers = ['alice', 'bob', 'carol', 'dana'];
const loggedInBefore = ['alice', 'bob', 'carol'];

/**
 * The provider's htpasswd file. No user logs in by password here (login.ts creates the token): each hash
 * has bcrypt's format and belongs to no known password.
 */
export function htpasswd(): KubeObject {
  const lines = allUsers.map((name) => `${name}:$2y$12$${bcryptText(16)}${bcryptText(23)}\n`);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'htpasswd', namespace: 'openshift-config' },
    type: 'Opaque',
    data: { htpasswd: Buffer.from(lines.join('')).toString('base64') },
  };
}

// bcrypt uses base 64 with its own alphabet.
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

/** The users who have logged in before. */
export function usersWithLogin(): readonly string[] {
  return loggedInBefore;
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
