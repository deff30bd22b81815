import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { choosePorts } from '../../sandbox/folder/ports.ts';

test('all ports of a sandbox differ, also from those of another one', async () => {
  const [one, other] = await Promise.all([choosePorts({}, 3), choosePorts({}, 3)]);
  const all = [one, other].flatMap((ports) => Object.values(ports).flat());
  // Ten ports of the sandbox, and two for each replica: its front and the front's control endpoint.
  assert.equal(all.length, 2 * (10 + 2 * 3));
  assert.equal(new Set(all).size, all.length);
});

test('a configured port is used', async () => {
  const { temporal: wanted } = await choosePorts({}, 1);
  const ports = await choosePorts({ temporal: wanted }, 1);
  assert.equal(ports.temporal, wanted);
});

test('a configured port that is in use is refused with its name and advice', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    await assert.rejects(choosePorts({ temporalUi: address.port }, 1), (error: Error) => {
      assert.match(error.message, new RegExp(`127.0.0.1:${address.port} for temporalUi`));
      assert.match(error.message, /Choose another port for "temporalUi"/);
      return true;
    });
  } finally {
    server.close();
  }
});
