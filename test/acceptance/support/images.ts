import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CANARY } from '../../../src/registry/canary.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { login } from '../../../sandbox/login.ts';
import { giveRole } from './fixtures.ts';
import type { Environment } from './environment.ts';

/** Has bob push a small image into each of the streams, with the tag `latest`. */
export async function pushImages(
  env: Environment,
  namespace: string,
  streams: readonly string[],
): Promise<void> {
  await giveRole(env, namespace, 'registry-editor', { kind: 'User', name: 'bob' });
  const [host = '', port] = env.info.registry.routeAddress.split(':');
  const registry = createRegistry({
    origin: `https://${env.info.registry.routeHost}`,
    connect: { host, port: Number(port) },
    ca: readFileSync(env.info.registry.ingressCaFile, 'utf8'),
  });
  const { signal } = new AbortController();
  try {
    const token = await login(env.info, 'bob');
    const session = await registry.login(token, { account: 'bob' }, signal);
    for (const stream of streams) {
      const repository = `${namespace}/${stream}`;
      await session.putBlob(repository, CANARY.config.bytes, signal);
      await session.putBlob(repository, CANARY.layer.bytes, signal);
      await session.putManifest(repository, 'latest', CANARY.manifest, signal);
    }
  } finally {
    await registry.close();
  }
}

/** Takes an image's layer away behind the registry's back. */
export async function breakImage(
  { info }: Environment,
  namespace: string,
  stream: string,
): Promise<void> {
  const at = `/v2/${namespace}/${stream}/blobs/${CANARY.layer.digest}`;
  const { status } = await fetch(new URL(at, info.registry.backend), { method: 'DELETE' });
  assert.equal(status, 202);
}
