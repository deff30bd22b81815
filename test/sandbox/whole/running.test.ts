import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { duplexPair } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { connect as tls } from 'node:tls';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import { Connection } from '@temporalio/client';
import type { ClusterClient } from '../../../sandbox/api/cluster-client.ts';
import type { Sandbox } from '../../../sandbox/info.ts';
import { findRunningSandbox } from '../../../sandbox/running.ts';
import { statusOf } from '../../../sandbox/status.ts';
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

const registry = '/api/v1/namespaces/openshift-image-registry';

describe('a registry pod', () => {
  test('has its own log, apart from that of the other replica', async () => {
    const [first, second] = sandbox.info.registry.frontPorts;
    const log = async (pod: string): Promise<string> => {
      const answer = await admin.send('GET', `${registry}/pods/${pod}/log`);
      assert.equal(answer.status, 200);
      return String(answer.body);
    };
    assert.match(await log('image-registry-0'), new RegExp(`msg="listening on :${first}, tls"`));
    assert.match(await log('image-registry-1'), new RegExp(`msg="listening on :${second}, tls"`));
  });

  test('is reached through the cluster by a port-forward to its port 5000', async () => {
    const loaded = new KubeConfig();
    loaded.loadFromFile(sandbox.info.cluster.adminKubeconfig);
    const [ours, theirs] = duplexPair();
    const [namespace, pod] = ['openshift-image-registry', 'image-registry-1'];
    const forward = new PortForward(loaded, true);
    const forwarded = await forward.portForward(namespace, pod, [5000], theirs, null, theirs);
    const secure = tls({
      socket: ours,
      ca: readFileSync(sandbox.info.registry.serviceCaFile),
      servername: 'image-registry.openshift-image-registry.svc',
    });
    try {
      secure.write('GET /healthz HTTP/1.1\r\nHost: image-registry\r\nConnection: close\r\n\r\n');
      const [head] = await once(secure, 'data', { signal: AbortSignal.timeout(10_000) });
      assert.match(String(head), /^HTTP\/1\.1 200 OK/);
    } finally {
      secure.destroy();
      if ('close' in forwarded) forwarded.close();
    }
  });
});

describe('what runs', () => {
  test('is found by other processes, answers, and is private', async () => {
    assert.equal(findRunningSandbox()?.id, sandbox.info.id);
    const { running, parts } = await statusOf(sandbox.info);
    assert.equal(running, true);
    assert.deepEqual(
      parts.filter(({ answers }) => !answers),
      [],
    );
    assert.equal(parts.length, 8);
    for (const file of ['sandbox.json', 'tokens/admin', 'tokens/static.csv', 'admin.kubeconfig']) {
      assert.equal(statSync(path.join(sandbox.info.dataDir, file)).mode & 0o077, 0, file);
    }
  });

  test('listens on the loopback only', async () => {
    const { temporal, registry: front, cluster } = sandbox.info;
    const ports = [temporal.address, front.routeAddress, cluster.server].map((address) =>
      Number(address.split(':').at(-1)),
    );
    for (const port of ports) {
      const socket = connect({ host: '127.0.0.2', port });
      const [error] = await once(socket, 'error');
      assert.equal(error.code, 'ECONNREFUSED', `port ${port}`);
    }
  });

  test('knows the search attributes', async () => {
    const connection = await Connection.connect({ address: sandbox.info.temporal.address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    await connection.close();
    const names = Object.keys(customAttributes ?? {}).filter((name) => name.startsWith('Purser'));
    assert.deepEqual(names.sort(), [
      'PurserAccess',
      'PurserExpiry',
      'PurserState',
      'PurserSubject',
      'PurserTarget',
      'PurserVerdict',
    ]);
  });

  test("is joined by a program of the caller's, which can be stopped and restarted", async () => {
    const args = ['-c', 'while :; do sleep 0.1; done'];
    const { pid } = await sandbox.startProgram({ name: 'worker', command: '/bin/sh', args });
    assert.ok(sandbox.programs.some((each) => each.name === 'worker' && each.pid === pid));
    assert.notEqual((await sandbox.restart('worker')).pid, pid);
    await sandbox.stopProgram('worker');
    assert.ok(!sandbox.programs.some(({ name }) => name === 'worker'));
  });

  test('answers 503 by its router while no replica is up, and goes on with one that is', async () => {
    const { info } = sandbox;
    await sandbox.stopProgram('registry-front-0');
    assert.equal((await askRegistry(info, '/healthz')).status, 200);
    await sandbox.stopProgram('registry-front-1');
    const { status, text } = await askRegistry(info, '/healthz');
    assert.equal(status, 503);
    assert.match(text, /Application is not available/);
    await Promise.all([0, 1].map((index) => sandbox.restart(`registry-front-${index}`)));
    await eventually('the registry to answer', async () => {
      return (await askRegistry(info, '/healthz')).status === 200;
    });
  });

  test('comes back after a restart of a front', async () => {
    await sandbox.restart('registry-front-0');
    const { info } = sandbox;
    await eventually('the front to answer', async () => {
      return (await askRegistry(info, '/healthz').catch(() => ({ status: 0 }))).status === 200;
    });
  });

  test('tells the env nothing of its secrets in its logs', async () => {
    const { info } = sandbox;
    const secrets = ['admin', 'registry'].map((name) =>
      readFileSync(path.join(info.dataDir, 'tokens', name), 'utf8'),
    );
    for (const { name } of sandbox.programs) {
      const log = readFileSync(path.join(info.logs, `${name}.log`), 'utf8');
      assert.ok(!secrets.some((secret) => log.includes(secret)), `${name}.log holds a secret`);
    }
  });
});
