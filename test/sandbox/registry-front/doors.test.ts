import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { after, afterEach, before, test } from 'node:test';
import { createCa } from '../../registry/certificates.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
});
afterEach(() => env.breakWith({}));
after(() => env.close());

/** The certificate's subject on a new connection; rejects if there is no connection. */
async function shown(): Promise<string> {
  const { hostname, port } = new URL(env.origin);
  const socket = connect({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port),
    servername: 'registry.test',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return [CN].flat().join();
}

test('a stopped registry refuses connections, and listens at the same port once healed', async () => {
  assert.equal((await env.breakWith({ stopped: true })).status, 200);
  await assert.rejects(shown(), { code: 'ECONNREFUSED' });
  await env.breakWith({});
  assert.equal((await env.ask({ path: '/healthz' })).status, 200);
});

test('another certificate is shown to new connections, until it is healed', async () => {
  const own = await shown();
  const ca = await createCa('Another CA');
  const certificate = await ca.leaf(['another.test']);
  await env.breakWith({ certificate });
  assert.equal(await shown(), 'another.test');
  await env.breakWith({});
  assert.equal(await shown(), own);
});
