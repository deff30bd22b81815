import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { anything, createCluster } from '../../src/kubernetes/api/cluster.ts';
import { createCa } from '../registry/certificates.ts';
import { startKube } from './kube-server.ts';
import { command, makeHome } from './kubeconfig-environment.ts';

const CALL = { method: 'GET', path: '/' } as const;

/** A server that takes what `token` says, and a login command that gives what is in the file `token`. */
async function startLogins(t: TestContext) {
  const home = makeHome(t);
  home.write('token', 'old');
  const taken = { token: 'old' };
  const kube = await startKube(t, ({ headers }) =>
    headers.authorization === `Bearer ${taken.token}` ? { status: 200, body: {} } : { status: 401 },
  );
  const script = `cd ${home.folder}; echo >> runs; sleep 0.1; printf '{"kind":"ExecCredential","status":{"token":"%s"}}' $(cat token)`;
  const cluster = {
    server: kube.url,
    'certificate-authority-data': Buffer.from(kube.ca).toString('base64'),
  };
  const connection = await home.connect({ exec: command(script) }, cluster);
  const runs = () => readFileSync(path.join(home.folder, 'runs'), 'utf8').length;
  return { home, taken, connection, runs };
}

test('requests that are refused together ask the login command once', async (t) => {
  const { home, taken, connection, runs } = await startLogins(t);
  const cluster = createCluster(connection);
  await cluster.call(anything, CALL);
  assert.equal(runs(), 1);
  taken.token = 'new';
  home.write('token', 'new');
  const signal = new AbortController().signal;
  const askTwice = (act: () => Promise<unknown>) => act().catch(act);
  await Promise.all([
    ...Array.from({ length: 40 }, () => askTwice(() => cluster.call(anything, CALL))),
    ...Array.from({ length: 10 }, () =>
      askTwice(() => cluster.stream({ path: '/', idleMs: 0, signal })),
    ),
  ]);
  assert.equal(runs(), 2);
});

test('a refusal that comes late does not throw away what the login command has given since', async (t) => {
  const { home, connection, runs } = await startLogins(t);
  const [early, late] = [await connection.credentials(), await connection.credentials()];
  home.write('token', 'new');
  connection.renew(early);
  assert.deepEqual(await connection.credentials(), { Authorization: 'Bearer new' });
  connection.renew(late);
  const again = await connection.credentials();
  assert.equal(runs(), 2);
  connection.renew(again);
  await connection.credentials();
  assert.equal(runs(), 3);
});

test("a refused token of somebody else renews nothing of Purser's own", async (t) => {
  const { connection, runs } = await startLogins(t);
  const other = createCluster(connection.bearing('revoked'));
  await assert.rejects(other.call(anything, CALL), { status: 401 });
  await connection.credentials();
  assert.equal(runs(), 1);
});

test('whoever has a token goes on when the CA of the cluster is renewed', async (t) => {
  const home = makeHome(t);
  const kube = await startKube(t, () => ({ status: 200, body: {} }));
  home.write('ca.crt', kube.ca);
  const settings = { server: kube.url, 'certificate-authority': 'ca.crt' };
  const connection = await home.connect({ token: 'own' }, settings);
  const held = createCluster(connection.bearing('first'));
  await held.call(anything, CALL);
  home.write('ca.crt', `${(await createCa('next')).cert}\n${kube.ca}`);
  await createCluster(connection).call(anything, CALL);
  await createCluster(connection.bearing('second')).call(anything, CALL);
  assert.deepEqual(await held.call(anything, CALL), {});
});
