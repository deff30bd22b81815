import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createRegistry } from '../../src/registry/registry.ts';
import type { Registry, RegistryOptions } from '../../src/registry/registry.ts';
import { failure } from './failure-of.ts';
import { patience } from './play.ts';

/** What a call and an inspection say must be the same. */
export async function bothFail(registry: Registry, cause: string, message: RegExp): Promise<void> {
  const error = await failure(registry.challenge(patience()));
  assert.equal(error.failureCause, cause, error.message);
  assert.match(error.message, message);
  const reach = await registry.inspect(patience());
  assert.ok(reach.failure);
  assert.equal(reach.failure.failureCause, cause, reach.failure.message);
  assert.match(reach.failure.message, message);
  assert.equal(reach.stages.at(-1)?.ok, false);
}

export async function withRegistry(
  options: RegistryOptions,
  use: (registry: Registry) => Promise<void>,
): Promise<void> {
  const registry = createRegistry(options);
  try {
    await use(registry);
  } finally {
    await registry.close();
  }
}

/** A TCP server that does to its connections what `behave` says. */
export async function raw(
  behave: (socket: Socket) => void,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}
