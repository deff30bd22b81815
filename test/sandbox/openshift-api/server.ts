import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import { waitFor } from './harness.ts';
import { cluster } from './the-cluster.ts';
import { readWatch } from './watched.ts';

const USERS = '/apis/user.openshift.io/v1/users';

function user(name: string, more: object = {}) {
  return { metadata: { name }, ...more };
}

test('a route that is not served is named in the answer', async () => {
  for (const path of [
    '/apis/oauth.openshift.io/v1/oauthauthorizetokens',
    '/apis/user.openshift.io/v1/users/x/status',
  ]) {
    const { code, body } = await cluster.admin.get(path);
    assert.equal(code, 501);
    assert.ok(body.message.includes(`GET ${path}`), body.message);
  }
});

test('each endpoint accepts its own client certificate only, and readiness needs none', async () => {
  const { pki, ca, standIn } = cluster;
  const codeOf = async (path: string, pair?: { certFile: string; keyFile: string }) => {
    const cert = pair && { cert: readFileSync(pair.certFile), key: readFileSync(pair.keyFile) };
    const agent = new Agent({ connect: { ca, ...cert } });
    const response = await agent.request({ origin: standIn, path, method: 'GET' });
    await response.body.dump();
    await agent.close();
    return response.statusCode;
  };
  assert.equal(await codeOf('/readyz'), 200);
  assert.equal(await codeOf('/apis'), 401);
  assert.equal(await codeOf('/apis', pki.webhook), 401);
  assert.equal(await codeOf('/apis', pki.aggregator), 200);
  assert.equal(await codeOf('/authenticate', pki.aggregator), 401);
  assert.equal(await codeOf('/authenticate', pki.webhook), 400);
  assert.equal(await codeOf('/authorize'), 401);
});

test('a stop ends open watches and exits cleanly, and a restart keeps every object and its version', async () => {
  const { body: made } = await cluster.admin.create(USERS, user('kept'));
  const path = `${USERS}?watch=true&fieldSelector=metadata.name%3Dkept`;
  const open = new AbortController();
  const watch = cluster.admin.watch(path, open.signal);
  assert.equal((await watch.next()).value?.type, 'ADDED');
  assert.equal(await cluster.restartStandIn(), 0);
  await watch.next().catch(() => undefined);
  open.abort();
  assert.deepEqual((await cluster.admin.get(`${USERS}/kept`)).body, made);
});

const run = promisify(execFile);

/** The same steps with kubectl if it is installed, otherwise by plain HTTPS. */
test('get, label, get -w and delete --wait work as an administrator uses them', async () => {
  const { admin, kubeconfig } = cluster;
  const kubectl = await run('kubectl', ['version', '--client']).catch(() => undefined);
  if (kubectl === undefined) {
    await admin.create(USERS, user('typed'));
    const seen = readWatch(`${USERS}?watch=true`, ({ type }) => type === 'DELETED');
    await admin.merge(`${USERS}/typed`, { metadata: { labels: { via: 'kubectl' } } });
    await admin.remove(`${USERS}/typed`, { propagationPolicy: 'Background' });
    assert.equal((await seen).at(-1)?.object.metadata.name, 'typed');
    return;
  }
  const kube = async (...args: string[]) =>
    (await run('kubectl', [`--kubeconfig=${kubeconfig}`, ...args])).stdout;
  await admin.create(USERS, user('typed'));
  const watch = spawn('kubectl', [`--kubeconfig=${kubeconfig}`, 'get', 'users', '-w', '-oname']);
  try {
    const lines: string[] = [];
    createInterface({ input: watch.stdout }).on('line', (line) => lines.push(line));
    await waitFor('the watch of kubectl', async () =>
      lines.some((line) => line.endsWith('/typed')),
    );
    const before = lines.length;
    assert.match(await kube('label', 'user', 'typed', 'via=kubectl'), /labeled/);
    await waitFor('the change in kubectl', async () => lines.length > before);
    assert.match(await kube('get', 'users', '-l', 'via=kubectl'), /^typed /m);
    assert.match(await kube('delete', 'user', 'typed', '--wait', '--timeout=10s'), /deleted/);
    await waitFor('the deletion in kubectl', async () => lines.length > before + 1);
  } finally {
    watch.kill();
  }
  await assert.rejects(kube('get', 'user', 'typed'), /\(NotFound\)/);
});
