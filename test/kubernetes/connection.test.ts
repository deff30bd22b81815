import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { stringify } from 'yaml';
import { anything, createCluster } from '../../src/kubernetes/api/cluster.ts';
import { connect } from '../../src/kubernetes/api/connection.ts';
import type { ClusterAddress } from '../../src/kubernetes/api/kubeconfig/context.ts';
import { PurserError } from '../../src/domain/errors.ts';
import { connectTo, startKube, TOKEN, writeKubeconfig } from './kube-server.ts';
import type { Kube } from './kube-server.ts';

const SERVER = 'https://127.0.0.1:6443';

function kubeconfig(
  cluster: Readonly<Record<string, unknown>> = {},
  user: unknown = { token: TOKEN },
) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'east',
    clusters: [
      { name: 'east', cluster: { server: SERVER, ...cluster } },
      { name: 'west', cluster: { server: 'https://127.0.0.2:6443/' } },
    ],
    users: [{ name: 'purser', user }],
    contexts: [
      { name: 'east', context: { cluster: 'east', user: 'purser' } },
      { name: 'west', context: { cluster: 'west', user: 'purser' } },
      { name: 'nowhere', context: { cluster: 'gone', user: 'purser' } },
    ],
  };
}

afterEach(() => {
  delete process.env['KUBERNETES_SERVICE_HOST'];
  delete process.env['KUBERNETES_SERVICE_PORT'];
});

async function refused(address: ClusterAddress): Promise<string> {
  try {
    await connect(address);
  } catch (error) {
    assert.ok(error instanceof PurserError, String(error));
    assert.equal(error.type, 'NotConfigured');
    return error.message;
  }
  return assert.fail('it connected');
}

test('the current context is taken, unless another one is named', async (t) => {
  const file = writeKubeconfig(t, kubeconfig());
  assert.equal((await connect({ kubeconfig: file })).server, SERVER);
  const west = await connect({ kubeconfig: file, context: 'west' });
  assert.equal(west.server, 'https://127.0.0.2:6443');
});

test('a context that is not in the file is refused, naming those that are', async (t) => {
  const file = writeKubeconfig(t, kubeconfig());
  const said = await refused({ kubeconfig: file, context: 'north' });
  assert.equal(said, `context "north" is not in ${file}; it has east, west, nowhere`);
});

test('a context without a cluster is refused with the way out', async (t) => {
  const file = writeKubeconfig(t, kubeconfig());
  const said = await refused({ kubeconfig: file, context: 'nowhere' });
  assert.match(said, /the cluster "gone" of its context "nowhere" is not in it, or has no server$/);
});

test('a file that is not there is named', async () => {
  const said = await refused({ kubeconfig: '/nowhere/kubeconfig' });
  assert.match(said, /the kubeconfig \/nowhere\/kubeconfig cannot be read: ENOENT/);
});

const BROKEN = {
  'a list that is not closed': `users:\n- name: a\n  user:\n    token: ${TOKEN}\n    x: [y\nz: 1\n`,
  'a key twice on a line': `users:\n- name: a\n  user:\n    token: ${TOKEN}\nz: x: y\n`,
  'a token that looks like an alias': `users:\n- name: a\n  user:\n    token: *${TOKEN}\n`,
};

for (const [what, text] of Object.entries(BROKEN)) {
  test(`a file with ${what} is refused by its line, without quoting its token`, async (t) => {
    const said = await refused({ kubeconfig: writeKubeconfig(t, text) });
    assert.match(said, /cannot be read: line \d: (?:it is not YAML|an alias without an anchor)/);
    assert.ok(!said.includes('the-token'), said);
  });
}

test('outside of a pod, without a kubeconfig, the message says which setting is missing', async () => {
  assert.match(await refused({}), /no kubeconfig is named.*set kubeconfig: of the target/);
});

test("a pod without a service account's files is refused", async () => {
  process.env['KUBERNETES_SERVICE_HOST'] = '127.0.0.1';
  process.env['KUBERNETES_SERVICE_PORT'] = '6443';
  assert.match(await refused({}), /ENOENT.*serviceaccount/);
});

for (const proxy of ['socks5', 'socks5h', 'ftp', 'httpx']) {
  test(`a ${proxy} proxy is refused, and its password is not shown`, async (t) => {
    const file = writeKubeconfig(
      t,
      kubeconfig({ 'proxy-url': `${proxy}://bob:hunter2@127.0.0.1:1080` }),
    );
    const said = await refused({ kubeconfig: file });
    assert.match(said, /proxy/);
    assert.ok(!said.includes('hunter2'), said);
  });
}

test('a proxy-url that is no URL is refused, and its password is not shown', async (t) => {
  const file = writeKubeconfig(
    t,
    kubeconfig({ 'proxy-url': 'http://bob:hunter2@127.0.0.1:999999' }),
  );
  const said = await refused({ kubeconfig: file });
  assert.match(said, /proxy-url is no URL; write it as http:\/\/host:port/);
  assert.ok(!said.includes('hunter2'), said);
});

test("a token, or a user's name and password, is what authenticates", async (t) => {
  const byToken = await connectTo(t, { url: SERVER });
  assert.deepEqual(await byToken.credentials(), { Authorization: `Bearer ${TOKEN}` });
  const user = { username: 'admin', password: 'pa:ss' };
  const byPassword = await connectTo(t, { url: SERVER, user });
  const basic = Buffer.from('admin:pa:ss').toString('base64');
  assert.deepEqual(await byPassword.credentials(), { authorization: `Basic ${basic}` });
});

test('a login command that prints something else is refused, without what it printed', async (t) => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', `console.log(${JSON.stringify(TOKEN)})`],
    interactiveMode: 'Never',
  };
  const file = writeKubeconfig(t, kubeconfig({}, { exec }));
  const said = await refused({ kubeconfig: file });
  assert.match(said, /credentials could not be loaded: the login command .* printed no JSON/);
});

test('credentials that were refused are read anew for the next request', async (t) => {
  const kube = await startKube(t, ({ headers }) =>
    headers.authorization === 'Bearer renewed' ? { status: 200, body: {} } : { status: 401 },
  );
  const text = (token: string) => kubeconfigOf(kube, { token });
  const file = writeKubeconfig(t, text('ended'));
  const cluster = createCluster(await connect({ kubeconfig: file }));
  const ask = () => cluster.call(anything, { method: 'GET', path: '/version' });
  await assert.rejects(ask(), { status: 401 });
  await assert.rejects(ask(), { status: 401 });
  writeFileSync(file, '{ half of it');
  await assert.rejects(ask(), { status: 401 });
  writeFileSync(file, stringify(text('renewed')));
  await assert.rejects(ask(), { status: 401 });
  assert.deepEqual(await ask(), {});
});

for (const [what, change] of [
  ['the current context', { 'current-context': 'other' }],
  [
    'the cluster of the context',
    { contexts: [{ name: 'east', context: { cluster: 'other', user: 'other' } }] },
  ],
] as const) {
  test(`${what} is changed to another cluster, whose token this one never gets`, async (t) => {
    const [here, other] = [
      await startKube(t, () => ({ status: 401 })),
      await startKube(t, () => ({ status: 401 })),
    ];
    const both = (ours: string) => {
      const before = kubeconfigOf(here, { token: ours });
      const ca = Buffer.from(other.ca).toString('base64');
      const cluster = { server: other.url, 'certificate-authority-data': ca };
      return {
        ...before,
        clusters: [...before.clusters, { name: 'other', cluster }],
        users: [...before.users, { name: 'other', user: { token: 'of-the-other' } }],
        contexts: [
          ...before.contexts,
          { name: 'other', context: { cluster: 'other', user: 'other' } },
        ],
      };
    };
    const file = writeKubeconfig(t, both('first'));
    const cluster = createCluster(await connect({ kubeconfig: file }));
    const ask = () => cluster.call(anything, { method: 'GET', path: '/version' });
    await assert.rejects(ask(), { status: 401 });
    writeFileSync(file, stringify({ ...both('second'), ...change }));
    await assert.rejects(ask(), { status: 401 });
    await assert.rejects(ask(), { status: 401 });
    const sent = here.asked.map(({ headers }) => headers.authorization);
    const last = 'contexts' in change ? 'first' : 'second';
    assert.deepEqual(sent, ['Bearer first', 'Bearer first', `Bearer ${last}`]);
    assert.deepEqual(other.asked, []);
  });
}

test('a login command is asked again when the API server refuses what it gave', async (t) => {
  const kube = await startKube(t, ({ headers }) =>
    headers.authorization === 'Bearer token-2' ? { status: 200, body: {} } : { status: 401 },
  );
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-login-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const count = path.join(folder, 'count');
  const credential = '{"kind":"ExecCredential","status":{"token":"token-%s"}}';
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', `echo >> ${count}; printf '${credential}' $(wc -l < ${count})`],
    interactiveMode: 'Never',
  };
  const file = writeKubeconfig(t, kubeconfigOf(kube, { exec }));
  const cluster = createCluster(await connect({ kubeconfig: file }));
  const ask = () => cluster.call(anything, { method: 'GET', path: '/version' });
  await assert.rejects(ask(), { status: 401 });
  assert.deepEqual(await ask(), {});
});

test('a login command that fails later on is no mistake of the configuration', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'purser-login-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const once = path.join(folder, 'once');
  const credential = { kind: 'ExecCredential', status: { token: 'x' } };
  const script = `if [ -e ${once} ]; then echo the vault is sealed >&2; exit 1; fi; touch ${once}; echo '${JSON.stringify(credential)}'`;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/bin/sh',
    args: ['-c', script],
    interactiveMode: 'Never',
  };
  const connection = await connect({ kubeconfig: writeKubeconfig(t, kubeconfig({}, { exec })) });
  connection.renew();
  await assert.rejects(connection.credentials(), {
    type: 'CredentialsUnavailable',
    message:
      /could not be loaded: the login command sh of the user failed: the vault is sealed; try/,
  });
});

function kubeconfigOf(kube: Pick<Kube, 'url' | 'ca'>, user: unknown) {
  const ca = Buffer.from(kube.ca).toString('base64');
  return kubeconfig({ server: kube.url, 'certificate-authority-data': ca }, user);
}
