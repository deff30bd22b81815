import { randomBytes } from 'node:crypto';
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
