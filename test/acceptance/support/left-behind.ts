import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { proofIdOf } from '../../../src/domain/ids/proof-id.ts';
import { make } from './cast.ts';
import type { World } from './world.ts';

/** Makes what a proof of a run would have left behind, under a collection's path. */
export async function leaveBehind(
  world: World,
  kind: 'secret' | 'token' | 'canary',
  place: string,
  { madeBy, installation }: { readonly madeBy: string; readonly installation: string },
): Promise<{ readonly name: string; readonly proof: string }> {
  const proof = proofIdOf(madeBy);
  const name = {
    secret: `purser-proof-${proof}`,
    canary: `purser-canary-${proof}`,
    token: `sha256~${randomBytes(32).toString('base64url')}`,
  }[kind];
  const metadata = {
    name,
    labels: { 'purser.dev/proof': proof, 'purser.dev/installation': installation },
    annotations: { 'purser.dev/made-by': madeBy },
  };
  const bodies = {
    secret: { kind: 'Secret' },
    canary: { kind: 'ImageStream' },
    token: {
      kind: 'OAuthAccessToken',
      clientName: 'purser',
      expiresIn: 300,
      redirectURI: 'https://purser.invalid/not-used',
      scopes: ['role:registry-viewer:team-a'],
      userName: 'alice',
      userUID: crypto.randomUUID(),
    },
  };
  await make(world, place, { ...bodies[kind], metadata });
  return { name, proof };
}

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })),
});

/** Deletes every Secret of a proof, for other stories look whether theirs have left any. */
export async function clearAway({ admin }: World): Promise<void> {
  const { body } = await admin.send('GET', '/api/v1/secrets?labelSelector=purser.dev/proof');
  for (const { metadata } of listSchema.parse(body).items) {
    const at = `/api/v1/namespaces/${metadata.namespace}/secrets/${metadata.name}`;
    await admin.send('DELETE', at);
  }
}
