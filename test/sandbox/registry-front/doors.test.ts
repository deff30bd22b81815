import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { after, afterEach, before, test } from 'node:test';
import { createCa } from '../../registry/certificates.ts';
import { openWorld } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
afterEach(() => world.breakWith({}));
after(() => world.close());

/** The subject of the certificate that a new connection is shown; rejects where there is no connection. */
async function shown(): Promise<string> {
  const { hostname, port } = new URL(world.origin);
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
  assert.equal((await world.breakWith({ stopped: true })).status, 200);
  await assert.rejects(shown(), { code: 'ECONNREFUSED' });
  await world.breakWith({});
  assert.equal((await world.ask({ path: '/healthz' })).status, 200);
});

test('another certificate is shown to new connections, until it is healed', async () => {
  const own = await shown();
  const ca = await createCa('Another CA');
  const certificate = await ca.leaf(['another.test']);
  await world.breakWith({ certificate });
  assert.equal(await shown(), 'another.test');
  await world.breakWith({});
  assert.equal(await shown(), own);
});
