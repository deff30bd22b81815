import { z } from 'zod';
import type { Environment } from './environment.ts';

const OAUTH = '/apis/config.openshift.io/v1/oauths/cluster';

const oauthSchema = z.object({
  spec: z.object({ identityProviders: z.array(z.looseObject({ name: z.string() })) }),
});

/**
 * Adds identity providers to the cluster's own, each an HTPasswd one on the same file. Resolves to
 * what takes them out again: other stories count on one provider.
 */
export async function setProviders(
  env: Environment,
  more: readonly { readonly name: string; readonly mappingMethod: string }[],
): Promise<() => Promise<void>> {
  const { identityProviders: before } = oauthSchema.parse(await env.admin.get(OAUTH)).spec;
  const set = async (identityProviders: readonly object[]) => {
    const answer = await env.admin.send('PATCH', OAUTH, { spec: { identityProviders } });
    if (answer.status !== 200) throw new Error(`${OAUTH}: ${JSON.stringify(answer.body)}`);
  };
  await set([...before, ...more.map((each) => ({ ...before[0], ...each }))]);
  return () => set(before);
}
