import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { createCa } from '../registry/certificates.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { createNamespace, createUser, fresh, grantsIn } from './support/fixtures.ts';
import { retried } from './support/attempts.ts';
import { assertProven, endOf, onboard, openEnvironment } from './support/environment.ts';
import { startOnboard } from '../../src/temporal/starts.ts';
import type { Environment } from './support/environment.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

const BINDINGS = {
  apiGroups: ['rbac.authorization.k8s.io'],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['rolebindings'],
};

function only(namespace: string) {
  return {
    matchLabels: { 'kubernetes.io/metadata.name': namespace },
  };
}

describe('a grant that the real API server refuses though Purser has the right', () => {
  let env: Environment;
  const closing: (() => Promise<void>)[] = [];
  before(async () => {
    env = await openEnvironment();
  });
  after(async () => {
    for (const close of closing) await close();
    await env.close();
  });

  async function make(path: string, body: object): Promise<void> {
    const { status, body: said } = await env.admin.send('POST', path, body);
    assert.equal(status, 201, JSON.stringify(said));
  }

  /** Waits until the API server has taken the rule up, as an administrator meets it. */
  async function untilRefused(namespace: string): Promise<void> {
    const binding = {
      metadata: { name: fresh('try') },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    };
    await eventually('the rule to be in force', async () => {
      const at = `${RBAC}/namespaces/${namespace}/rolebindings?dryRun=All`;
      const { status } = await env.admin.send('POST', at, binding);
      return status >= 300;
    });
  }

  async function refused(namespace: string) {
    const subject = await createUser(env);
    const end = await onboard(env, { subject, accesses: [`pull:${namespace}`] });
    assert.deepEqual(await grantsIn(env, namespace), []);
    return { type: end.failure, message: end.report.failure?.message ?? '' };
  }

  for (const reason of [undefined, 'Forbidden', 'RequestEntityTooLarge'] as const) {
    test(`by a ValidatingAdmissionPolicy whose reason is ${reason ?? 'left out'} fails as AdmissionDenied, at once and with its words`, async () => {
      const namespace = await createNamespace(env);
      const name = fresh('policy');
      await make(`${ADMISSION}/validatingadmissionpolicies`, {
        metadata: { name },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: { resourceRules: [BINDINGS] },
          validations: [
            {
              expression: 'false',
              message: 'only the platform team binds here',
              ...(reason === undefined ? {} : { reason }),
            },
          ],
        },
      });
      await make(`${ADMISSION}/validatingadmissionpolicybindings`, {
        metadata: { name },
        spec: {
          policyName: name,
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: only(namespace) },
        },
      });
      closing.push(async () => {
        for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
          await env.admin.send('DELETE', `${ADMISSION}/${kind}/${name}`);
        }
      });
      await untilRefused(namespace);
      const { type, message } = await refused(namespace);
      assert.equal(type, 'AdmissionDenied', message);
      assert.match(message, /only the platform team binds here.*its owner has to let it through/);
    });
  }

  test('by a webhook fails as AdmissionDenied, whatever status it answers with', async () => {
    for (const code of [undefined, 403, 404, 500]) {
      const namespace = await createNamespace(env);
      const url = await webhook(closing, code);
      await makeWebhook(namespace, url);
      await untilRefused(namespace);
      const { type, message } = await refused(namespace);
      assert.equal(type, 'AdmissionDenied', message);
      assert.match(message, /denied the request: not today/);
    }
  });

  async function makeWebhook(
    namespace: string,
    clientConfig: { readonly url: string; readonly caBundle: string },
  ): Promise<string> {
    const name = fresh('webhook');
    await make(`${ADMISSION}/validatingwebhookconfigurations`, {
      metadata: { name },
      webhooks: [
        {
          name: `${name}.example.com`,
          clientConfig,
          rules: [BINDINGS],
          failurePolicy: 'Fail',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          timeoutSeconds: 5,
          namespaceSelector: only(namespace),
        },
      ],
    });
    const at = `${ADMISSION}/validatingwebhookconfigurations/${name}`;
    closing.push(async () => void (await env.admin.send('DELETE', at)));
    return at;
  }

  test('because a webhook could not be called is tried again, and goes on when it can', async () => {
    const namespace = await createNamespace(env);
    const nobody = { ...(await webhook(closing, 403)), url: 'https://127.0.0.1:1/' };
    const at = await makeWebhook(namespace, nobody);
    await untilRefused(namespace);
    const subject = await createUser(env);
    const accesses = [`pull:${namespace}`];
    const request = { target: 'sandbox', subject, accesses, prove: 'if-possible' } as const;
    const handle = await startOnboard(env.client, request);
    const { message } = await retried(handle);
    assert.match(message, /500 Internal error .*failed calling webhook/);
    await env.admin.send('DELETE', at);
    assertProven((await endOf(handle.result())).report);
  });

  test('by a ResourceQuota that is used up fails as QuotaExceeded', async () => {
    const namespace = await createNamespace(env);
    const hard = { 'count/rolebindings.rbac.authorization.k8s.io': '0' };
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await make(quotas, { metadata: { name: 'few' }, spec: { hard } });
    // The sandbox has no controller that counts.
    const used = { 'count/rolebindings.rbac.authorization.k8s.io': '0' };
    const { status } = await env.admin.send('PATCH', `${quotas}/few/status`, {
      status: { hard, used },
    });
    assert.equal(status, 200);
    await untilRefused(namespace);
    const { type, message } = await refused(namespace);
    assert.equal(type, 'QuotaExceeded', message);
    assert.match(message, /exceeded quota: few.*raise the ResourceQuota/);
  });

  test('because the namespace is being deleted fails as NamespaceTerminating', async () => {
    const namespace = await createNamespace(env);
    await env.admin.send('DELETE', `/api/v1/namespaces/${namespace}`);
    await untilRefused(namespace);
    const { type, message } = await refused(namespace);
    assert.equal(type, 'NamespaceTerminating', message);
    assert.match(message, /wait until it is gone/);
  });
});

/** A webhook that denies everything. */
async function webhook(closing: (() => Promise<void>)[], code: number | undefined) {
  const ca = await createCa('webhook');
  const server = createServer(await ca.leaf(['127.0.0.1', 'localhost']), (asked, response) => {
    let text = '';
    asked.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    asked.on('end', () => {
      const { request } = JSON.parse(text);
      const status = { message: 'not today', ...(code === undefined ? {} : { code }) };
      const body = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: request.uid, allowed: false, status },
      };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const caBundle = Buffer.from(ca.cert).toString('base64');
  return { url: `https://127.0.0.1:${port}/`, caBundle };
}
