import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createCluster } from '../../src/kubernetes/api/cluster.ts';
import { ownBearer } from '../../src/kubernetes/api/own-bearer.ts';
import { createCa } from '../registry/certificates.ts';
import { connectTo } from './kube-server.ts';

const ca = await createCa('Cluster');
const { cert, key } = await ca.leaf(['purser']);
function data(pem: string) {
  return Buffer.from(pem).toString('base64');
}

suite('of what a kubeconfig gives, a registry gets', () => {
  const table: readonly (readonly [what: string, user: object, token: string | undefined])[] = [
    ['a token', { token: 'sha256~ours' }, 'sha256~ours'],
    ['a token with signs of base64', { token: 'a.b-c_d+e/f==' }, 'a.b-c_d+e/f=='],
    ['no name and password', { username: 'purser', password: 'made up' }, undefined],
    [
      'no client certificate',
      { 'client-certificate-data': data(cert), 'client-key-data': data(key) },
      undefined,
    ],
  ];
  for (const [what, user, token] of table) {
    test(what, async (t) => {
      const connection = await connectTo(t, { url: 'https://127.0.0.1:9', ca: ca.cert, user });
      assert.equal(await ownBearer(createCluster(connection)), token);
    });
  }

  test('a token in any spelling of its scheme', async (t) => {
    const url = 'https://127.0.0.1:9';
    const connection = await connectTo(t, { url, ca: ca.cert });
    const spelt = (headers: Readonly<Record<string, string>>) =>
      ownBearer(createCluster({ ...connection, credentials: async () => headers }));
    assert.equal(await spelt({ authorization: 'bearer abc' }), 'abc');
    assert.equal(await spelt({ AUTHORIZATION: 'Bearer  abc' }), 'abc');
    assert.equal(await spelt({ Authorization: 'Bearer' }), undefined);
    assert.equal(await spelt({ Authorization: 'Bearer ' }), undefined);
    assert.equal(await spelt({ Authorization: 'Bearerabc' }), undefined);
    assert.equal(await spelt({}), undefined);
  });
});
