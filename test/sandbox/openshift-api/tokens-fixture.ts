import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { objectNameOf } from '../../../sandbox/openshift-api/token-name.ts';
import type { KubeResponse, KubeClient } from './kube-client.ts';
import { cluster } from './the-cluster.ts';

export const TOKENS = '/apis/oauth.openshift.io/v1/oauthaccesstokens';
export const CLIENTS = '/apis/oauth.openshift.io/v1/oauthclients';
export const USERS = '/apis/user.openshift.io/v1/users';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
export const SSR = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const LAYERS = ['imagestreams/layers'];
export const BASIC = 'role:system:basic-user:*';

export const uids = new Map<string, string>();
export const secrets: string[] = [];

/** Roles of openshift-facts.md 3.1 as far as the scope table needs them; basic-user is OpenShift's own. */
async function createRoles(admin: KubeClient): Promise<void> {
  const image = ['image.openshift.io'];
  const roles = {
    'registry-viewer': [{ apiGroups: image, resources: LAYERS, verbs: ['get'] }],
    'registry-editor': [
      { apiGroups: image, resources: LAYERS, verbs: ['get', 'update'] },
      { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['get', 'list'] },
    ],
    'system:image-puller': [{ apiGroups: image, resources: LAYERS, verbs: ['get'] }],
    'system:image-pusher': [{ apiGroups: image, resources: LAYERS, verbs: ['get', 'update'] }],
    'basic-user': [
      {
        apiGroups: ['user.openshift.io'],
        resources: ['users'],
        resourceNames: ['~'],
        verbs: ['get'],
      },
      {
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews'],
        verbs: ['create'],
      },
    ],
    'token-manager': [
      {
        apiGroups: ['oauth.openshift.io'],
        resources: ['useroauthaccesstokens'],
        verbs: ['get', 'list', 'watch', 'delete'],
      },
    ],
  };
  for (const [name, rules] of Object.entries(roles)) {
    await admin.create(`${RBAC}/clusterroles`, { metadata: { name }, rules });
  }
  await admin.create('/api/v1/namespaces', { metadata: { name: 'team-a' } });
  const everyone = { kind: 'Group', name: 'system:authenticated:oauth' };
  for (const name of ['basic-user', 'token-manager']) {
    await admin.create(`${RBAC}/clusterrolebindings`, binding(name, everyone));
  }
  for (const [role, name] of [
    ['registry-viewer', 'viewer'],
    ['registry-editor', 'editor'],
  ] as const) {
    const path = `${RBAC}/namespaces/team-a/rolebindings`;
    await admin.create(path, binding(role, { kind: 'User', name }));
  }
}

function binding(role: string, subject: object): object {
  const apiGroup = 'rbac.authorization.k8s.io';
  const roleRef = { apiGroup, kind: 'ClusterRole', name: role };
  return { metadata: { name: role }, roleRef, subjects: [{ apiGroup, ...subject }] };
}

await createRoles(cluster.admin);
for (const name of ['viewer', 'editor', 'plain']) {
  const { body } = await cluster.admin.create(USERS, { metadata: { name } });
  uids.set(name, body.metadata.uid);
}
await cluster.admin.create('/apis/user.openshift.io/v1/groups', {
  metadata: { name: 'developers' },
  users: ['plain', 'viewer'],
});
await cluster.admin.create(CLIENTS, { metadata: { name: 'console' }, grantMethod: 'auto' });

/** All fields of a token object, for a new secret. */
export function token(userName: string, more: object = {}) {
  const secret = `sha256~${randomBytes(32).toString('base64url')}`;
  secrets.push(secret);
  return {
    secret,
    body: {
      metadata: { name: objectNameOf(secret) },
      clientName: 'console',
      userName,
      userUID: uids.get(userName) ?? 'nobody',
      scopes: ['user:full'],
      redirectURI: 'https://localhost/none',
      expiresIn: 3600,
      ...more,
    },
  };
}

export async function minted(userName: string, more: object = {}): Promise<string> {
  const { secret, body } = token(userName, more);
  const { code, body: answer } = await cluster.admin.create(TOKENS, body);
  assert.equal(code, 201, answer.message);
  return secret;
}

export const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
export async function whoIs(secret: string): Promise<KubeResponse> {
  return await cluster.as(secret).create(SSR, review);
}
