import { z } from 'zod';
import { providerName } from '../bootstrap/users.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { KubeObject } from './kube-object.ts';

/**
 * Does what OpenShift's oauth-server does at a login with mapping method `claim` (openshift-facts.md
 * 4.2): makes User and Identity and joins them, or finds them joined. Gives the User; rejects with the
 * server's error code where it would refuse.
 */
export async function firstLogin(client: ClusterClient, user: string): Promise<KubeObject> {
  const identityName = `${providerName}:${user}`;
  const identity = await client.get(`${api}/identities/${encodeURIComponent(identityName)}`);
  if (identity !== undefined)
    return mappedUser(client, identityName, identityUser.parse(identity).user);

  const present = await client.get(`${api}/users/${encodeURIComponent(user)}`);
  if (((present && userIdentities.parse(present).identities) ?? []).length > 0) {
    throw new Error(`mapping_claim_error: user ${user} has an identity of another provider`);
  }
  if (present === undefined) await client.ensure(object('User', user));
  await client.ensure({
    ...object('Identity', identityName),
    providerName,
    providerUserName: user,
  });
  await client.ensure({
    ...object('UserIdentityMapping', identityName),
    identity: { name: identityName },
    user: { name: user },
  });
  return found(await client.get(`${api}/users/${encodeURIComponent(user)}`), user);
}

async function mappedUser(
  client: ClusterClient,
  identity: string,
  wanted: { readonly name: string; readonly uid: string },
): Promise<KubeObject> {
  const user = found(await client.get(`${api}/users/${encodeURIComponent(wanted.name)}`), identity);
  const { identities } = userIdentities.parse(user);
  if (user.metadata['uid'] === wanted.uid && (identities ?? []).includes(identity)) return user;
  throw new Error(
    `mapping_lookup_error: identity ${identity} belongs to a User that is not there any more`,
  );
}

function found(user: KubeObject | undefined, what: string): KubeObject {
  if (user === undefined) throw new Error(`mapping_lookup_error: no User for ${what}`);
  return user;
}

function object(kind: string, name: string): KubeObject {
  return { apiVersion: 'user.openshift.io/v1', kind, metadata: { name } };
}

const api = '/apis/user.openshift.io/v1';
const identityUser = z.object({ user: z.object({ name: z.string(), uid: z.string() }) });
const userIdentities = z.object({ identities: z.array(z.string()).nullish() });
