import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { askAsSocket, makeHome, startMirror } from './kubeconfig-environment.ts';

const CALL = { method: 'GET', path: '/' } as const;
const user = { token: 't' };
const wanted = { authorization: 'Bearer t' };
const broken = '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n';

suite('the CA of a kubeconfig is read as kubectl reads it:', () => {
  test('what is broken in it is passed over, for requests and for WebSockets', async (t) => {
    const { ca, cluster } = await startMirror(t);
    const home = makeHome(t);
    home.write('ca.crt', `${broken}${ca}\n${broken}`);
    const connection = await home.connect(user, {
      server: cluster.server,
      'certificate-authority': 'ca.crt',
    });
    assert.deepEqual(await createCluster(connection).call(z.unknown(), CALL), wanted);
    assert.deepEqual(await askAsSocket(connection), wanted);
  });

  test('one without any certificate is refused', async (t) => {
    const { cluster } = await startMirror(t);
    const data = { 'certificate-authority-data': Buffer.from(broken).toString('base64') };
    await assert.rejects(makeHome(t).connect(user, { ...cluster, ...data }), {
      type: 'NotConfigured',
      message: /certificate-authority-data holds no certificate \(PEM\)/,
    });
  });

  test('a server of a common name only is refused', async (t) => {
    const { cluster } = await startMirror(t, 'common name only');
    const connection = await makeHome(t).connect(user, cluster);
    const said = /subject alternative name/;
    await assert.rejects(createCluster(connection).call(z.unknown(), CALL), said);
    await assert.rejects(askAsSocket(connection), said);
  });

  test('a server with RSA of 1024 bits is taken', async (t) => {
    const { cluster } = await startMirror(t, 'RSA of 1024 bits');
    const connection = await makeHome(t).connect(user, cluster);
    assert.deepEqual(await createCluster(connection).call(z.unknown(), CALL), wanted);
    assert.deepEqual(await askAsSocket(connection), wanted);
  });

  test('a client certificate with RSA of 1024 bits is shown', async (t) => {
    const mirror = await startMirror(t);
    const { cert, key } = await mirror.oddClient('RSA of 1024 bits', 'short');
    const home = makeHome(t);
    home.write('own.crt', cert);
    home.write('own.key', key);
    const pair = { 'client-certificate': 'own.crt', 'client-key': 'own.key' };
    const connection = await home.connect(pair, mirror.cluster);
    assert.deepEqual(await createCluster(connection).call(z.unknown(), CALL), { name: 'short' });
    assert.deepEqual(await askAsSocket(connection), { name: 'short' });
  });
});
