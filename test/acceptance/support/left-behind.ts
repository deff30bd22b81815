import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { proofIdOf } from '../../../src/access/model/proof/id.ts';
import { make } from './fixtures.ts';
import type { Environment } from './environment.ts';

/** Makes what a proof of a run would have left behind, under a collection's path. */
export async function leaveBehind(
  env: Environment,
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
  await make(env, place, { ...bodies[kind], metadata });
  return { name, proof };
}

const listSchema = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string(), namespace: z.string().optional() }) }),
  ),
});

/** Deletes every Secret and token of a proof, for other stories look whether theirs have left any. */
export async function clearAway({ admin }: Environment): Promise<void> {
  const kinds = [
    { root: '/api/v1', plural: 'secrets' },
    { root: '/apis/oauth.openshift.io/v1', plural: 'oauthaccesstokens' },
  ];
  for (const { root, plural } of kinds) {
    const { body } = await admin.send('GET', `${root}/${plural}?labelSelector=purser.dev/proof`);
    for (const { metadata } of listSchema.parse(body).items) {
      const { name, namespace } = metadata;
      const place = namespace === undefined ? root : `${root}/namespaces/${namespace}`;
      const { status } = await admin.send('DELETE', `${place}/${plural}/${name}`);
      assert.ok(status < 300 || status === 404, `${plural} ${namespace ?? ''} answered ${status}`);
    }
  }
}
