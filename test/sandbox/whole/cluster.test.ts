import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { ClusterClient } from '../../../sandbox/api/cluster-client.ts';
import type { Sandbox } from '../../../sandbox/info.ts';
import { login } from '../../../sandbox/login.ts';
import { eventually } from '../support/eventually.ts';
import { privateState } from '../support/private-state.ts';
import { adminOf, askRegistry, startQuietly } from '../support/running-sandbox.ts';

let sandbox: Sandbox;
let admin: ClusterClient;
const state = privateState();

before(async () => {
  sandbox = await startQuietly({ replicas: 2 });
  admin = adminOf(sandbox.info);
});
after(async () => {
  await admin?.close();
  await sandbox?.stop();
  state.remove();
});

const config = '/apis/config.openshift.io/v1';
const registry = '/api/v1/namespaces/openshift-image-registry';
const configs = '/apis/imageregistry.operator.openshift.io/v1/configs/cluster';
const route =
  '/apis/route.openshift.io/v1/namespaces/openshift-image-registry/routes/default-route';
const routeHost = 'default-route-openshift-image-registry.apps.sandbox.test';
const ready = { status: { conditions: [{ type: 'Available', status: 'True' }] } };
const operator = {
  ...ready,
  status: { conditions: [{ reason: 'Ready' }, {}, { reason: 'AsExpected' }] },
};

describe('the cluster shows', () => {
  for (const [object, content] of [
    [
      `${config}/oauths/cluster`,
      { spec: { identityProviders: [{ name: 'local', type: 'HTPasswd' }] } },
    ],
    [`${config}/clusterversions/version`, { status: { desired: { version: '4.21.0' } } }],
    [`${config}/clusteroperators/image-registry`, operator],
    [
      `${config}/images/cluster`,
      { status: { internalRegistryHostname: 'image-registry.openshift-image-registry.svc:5000' } },
    ],
    [configs, { spec: { managementState: 'Managed', replicas: 2 }, ...ready }],
    ['/apis/imageregistry.operator.openshift.io/v1/imagepruners/cluster', ready],
    [route, { status: { ingress: [{ host: routeHost }] } }],
    [
      '/apis/apps/v1/namespaces/openshift-image-registry/deployments/image-registry',
      { spec: { replicas: 2 }, status: { readyReplicas: 2 } },
    ],
    [
      `${registry}/services/image-registry`,
      { spec: { ports: [{ name: '5000-tcp', port: 5000 }] } },
    ],
    [
      `${registry}/pods/image-registry-1`,
      { metadata: { labels: { 'docker-registry': 'default' } } },
    ],
    ['/apis/user.openshift.io/v1/users/alice', { identities: ['local:alice'] }],
    ['/apis/user.openshift.io/v1/identities/local:bob', { user: { name: 'bob' } }],
    ['/apis/user.openshift.io/v1/groups/registry-pullers', { users: ['carol'] }],
    [
      '/apis/oauth.openshift.io/v1/oauthclients/openshift-challenging-client',
      { grantMethod: 'auto' },
    ],
    ['/api/v1/namespaces/team-a/serviceaccounts/ci', {}],
    ['/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings/system:image-pullers', {}],
  ] as const) {
    test(object, async () => assert.partialDeepStrictEqual(await admin.get(object), content));
  }

  test('no kubeadmin, and no User for dana, who has not logged in yet', async () => {
    assert.equal(await admin.get('/api/v1/namespaces/kube-system/secrets/kubeadmin'), undefined);
    assert.equal(await admin.get('/apis/user.openshift.io/v1/users/dana'), undefined);
  });

  test('the two authorities in the places where clients look for them', async () => {
    const { serviceCaFile, ingressCaFile } = sandbox.info.registry;
    const service = await admin.get(`${registry}/configmaps/serviceca`);
    const ingress = await admin.get(
      '/api/v1/namespaces/openshift-config-managed/configmaps/default-ingress-cert',
    );
    assert.partialDeepStrictEqual(service, {
      data: { 'service-ca.crt': readFileSync(serviceCaFile, 'utf8') },
    });
    assert.partialDeepStrictEqual(ingress, {
      data: { 'ca-bundle.crt': readFileSync(ingressCaFile, 'utf8') },
    });
  });
});

describe('rights are those of OpenShift', () => {
  for (const [role, verb, allowed] of [
    ['view', 'get', true],
    ['view', 'update', false],
    ['edit', 'update', true],
    ['admin', 'update', true],
    ['registry-viewer', 'get', true],
    ['registry-viewer', 'update', false],
    ['registry-editor', 'update', true],
    ['system:image-puller', 'get', true],
    ['system:image-pusher', 'update', true],
    ['system:image-builder', 'update', true],
    ['basic-user', 'get', false],
  ] as const) {
    test(`${role} ${allowed ? 'may' : 'may not'} ${verb} layers`, async () => {
      const user = `somebody-with-${role}`;
      await admin.ensure({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: user, namespace: 'team-b' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      });
      // RBAC reads bindings from a cache that is updated within a fraction of a second.
      await eventually(
        `the right of ${role}`,
        async () => (await mayLayers(user, verb)) === allowed,
      );
    });
  }

  async function mayLayers(user: string, verb: string): Promise<boolean> {
    const { body } = await admin.send(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        spec: {
          user,
          resourceAttributes: {
            namespace: 'team-b',
            verb,
            group: 'image.openshift.io',
            resource: 'imagestreams/layers',
            name: 'app',
          },
        },
      },
    );
    return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(body).status.allowed;
  }

  test('purser has a service account with the rights of its manifests, and no more', async () => {
    const { kubeconfig, server, caFile } = sandbox.info.cluster;
    assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
    const loaded = new KubeConfig();
    loaded.loadFromFile(kubeconfig);
    const token = loaded.getCurrentUser()?.token ?? '';
    const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } });
    const ask = async (where: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await request(`${server}${where}`, { dispatcher, headers });
      await answer.body.dump();
      return answer.statusCode;
    };
    assert.equal(await ask('/api/v1/namespaces'), 200);
    assert.equal(await ask('/api/v1/secrets'), 403);
    await dispatcher.destroy();
  });
});

describe('a login', () => {
  test('gives a token that the registry takes, and notes only its name', async () => {
    const token = await login(sandbox.info, 'alice');
    assert.match(token, /^sha256~[A-Za-z0-9_][A-Za-z0-9_-]{42}$/);
    assert.equal((await askRegistry(sandbox.info, '/v2/')).status, 401);
    assert.deepEqual(await askRegistry(sandbox.info, '/v2/', { token }), {
      status: 200,
      text: '{}',
    });
    const ledger = readFileSync(sandbox.info.tokenLedger, 'utf8');
    assert.ok(!ledger.includes(token.slice('sha256~'.length)));
    assert.match(ledger, /^sha256~\S{43}$/m);
  });

  test('of a new user creates the User and the Identity, as the first login on OpenShift does', async () => {
    await login(sandbox.info, 'dana');
    await login(sandbox.info, 'dana');
    const user = await admin.get('/apis/user.openshift.io/v1/users/dana');
    assert.partialDeepStrictEqual(user, { identities: ['local:dana'] });
  });

  test('of a user unknown to the provider is refused', async () => {
    await assert.rejects(login(sandbox.info, 'zed'), /as "zed"; .* knows alice, bob, carol, dana/);
  });

  test('of a user whose User object was deleted fails, because the Identity is left', async () => {
    await admin.send('DELETE', '/apis/user.openshift.io/v1/users/carol');
    await assert.rejects(login(sandbox.info, 'carol'), {
      name: 'LoginRefused',
      code: 'authentication_error',
      message: /local:carol belongs to a User carol that no longer exists/,
    });
  });
});
