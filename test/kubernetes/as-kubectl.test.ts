import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { stringify } from 'yaml';
import { z } from 'zod';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { connect } from '../../src/kubernetes/api/connection.ts';
import { refusal, startKube } from './kube-server.ts';
import { command, makeHome, startMirror } from './kubeconfig-environment.ts';

const CALL = { method: 'GET', path: '/' } as const;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const KUBECONFIG = {
  'current-context': 'here',
  clusters: [{ name: 'here', cluster: { server: 'https://api.test' } }],
  contexts: [{ name: 'here', context: { cluster: 'here', user: 'purser' } }],
};

test('a merge key of a kubeconfig takes what stands elsewhere in it', async (t) => {
  const text = `x: &x {token: merged}\n${stringify(KUBECONFIG)}users:\n- name: purser\n  user:\n    <<: *x\n`;
  const kubeconfig = makeHome(t).write('kubeconfig', text);
  const connection = await connect({ kubeconfig });
  assert.deepEqual(await connection.credentials(), { Authorization: 'Bearer merged' });
});

test('who a user says to be keeps the login command from being asked, as with kubectl', async (t) => {
  const mirror = await startMirror(t);
  const home = makeHome(t);
  const me = await mirror.clientNamed('own');
  home.write('own.crt', me.cert);
  home.write('own.key', me.key);
  const exec = command(`touch ${path.join(home.folder, 'asked')}; exit 1`);
  const basic = `Basic ${base64('a:b')}`;
  for (const [user, wanted] of [
    [{ token: 't' }, { authorization: 'Bearer t' }],
    [{ username: 'a', password: 'b' }, { authorization: basic }],
    [{ 'client-certificate': 'own.crt', 'client-key': 'own.key' }, { name: 'own' }],
  ] as const) {
    const connection = await home.connect({ ...user, exec }, mirror.cluster);
    assert.deepEqual(await createCluster(connection).call(z.unknown(), CALL), wanted);
  }
});

test('a name to act as is sent in UTF-8, as the API server reads it, and none where it is empty', async (t) => {
  const kube = await startKube(t, () => ({ status: 200, body: {} }));
  const server = { server: kube.url, 'certificate-authority-data': base64(kube.ca) };
  for (const as of ['müller', 'a€b', '']) {
    const connection = await makeHome(t).connect({ token: 't', as }, server);
    await createCluster(connection).call(z.unknown(), CALL);
  }
  const names = kube.asked.map(({ headers }) => headers['impersonate-user']);
  const read = names.map((name) =>
    name === undefined ? undefined : Buffer.from(String(name), 'latin1').toString('utf8'),
  );
  assert.deepEqual(read, ['müller', 'a€b', undefined]);
});

test('a name to act as is no secret: what the API server says of it is told', async (t) => {
  const message = 'pods is forbidden: User "a" cannot list pods';
  const kube = await startKube(t, () => refusal(403, 'Forbidden', message));
  const server = { server: kube.url, 'certificate-authority-data': base64(kube.ca) };
  const connection = await makeHome(t).connect({ token: 'hush', as: 'a' }, server);
  await assert.rejects(createCluster(connection).call(z.unknown(), CALL), {
    reason: 'Forbidden',
    message: /User "a" cannot list pods/,
  });
});

test('a login that was begun earlier and ends later does not bring back its certificate', async (t) => {
  const mirror = await startMirror(t);
  const home = makeHome(t);
  const [first, second] = [await mirror.clientNamed('first'), await mirror.clientNamed('second')];
  const script = `cd ${home.folder}; s=$(cat status); [ ! -e slow ] || { rm slow; touch begun; while [ ! -e end ]; do sleep 0.02; done; }; printf '{"kind":"ExecCredential","status":%s}' "$s" | sed 's/@/\\\\n/g'`;
  const status = (pair: typeof first) =>
    home.write(
      'status',
      JSON.stringify({ clientCertificateData: pair.cert, clientKeyData: pair.key }).replaceAll(
        '\\n',
        '@',
      ),
    );
  status(first);
  const connection = await home.connect({ exec: command(script) }, mirror.cluster);
  home.write('slow', '');
  connection.renew();
  const late = connection.credentials();
  while (!existsSync(path.join(home.folder, 'begun'))) await sleep(10);
  status(second);
  connection.renew();
  await connection.credentials();
  home.write('end', '');
  await late;
  const { dispatcher, server } = connection;
  const { body } = await request(server, { dispatcher });
  assert.deepEqual(await body.json(), { name: 'second' });
});
