import { z } from 'zod';
import type { ClusterClient } from './cluster-client.ts';
import type { KubeObject } from './kube-object.ts';

/** The fields of an identity provider of OAuth/cluster that decide the outcome of a login. */
export interface LoginProvider {
  readonly name: string;
  /** claim, lookup, add or generate; the API's default is claim. */
  readonly mappingMethod?: string | undefined;
}

/** A login that OpenShift would refuse, with the code on its error page (openshift-facts.md 4.2). */
export class LoginRefused extends Error {
  readonly code: 'mapping_claim_error' | 'mapping_lookup_error' | 'authentication_error';

  constructor(code: LoginRefused['code'], message: string) {
    super(`${code}: ${message}`);
    this.name = 'LoginRefused';
    this.code = code;
  }
}

/**
 * Does what OpenShift's oauth-server does after a provider has authenticated `loginName`
 * (openshift-facts.md 4.2). Finds the User of the Identity, or creates what the provider's mapping method
 * requires. Returns the User; rejects with a {@link LoginRefused} if OpenShift would refuse.
 */
export async function firstLogin(
  client: ClusterClient,
  provider: LoginProvider,
  loginName: string,
): Promise<KubeObject> {
  const user = providerUserName(loginName);
  const isLookup = provider.mappingMethod === 'lookup';
  const identityName = `${provider.name}:${user}`;
  const identity = await client.get(`${api}/identities/${encodeURIComponent(identityName)}`);
  if (identity !== undefined) {
    const { user: reference } = identityUser.parse(identity);
    return mappedUser(client, identityName, reference ?? {}, isLookup);
  }
  if (isLookup) {
    throw new LoginRefused(
      'mapping_lookup_error',
      `the provider ${provider.name} has the mapping method lookup, and there is no Identity ${identityName}`,
    );
  }
  const name = await nameFor(client, provider, identityName, user);
  await client.ensure(object('User', name));
  await client.ensure({
    ...object('Identity', identityName),
    providerName: provider.name,
    providerUserName: user,
  });
  await client.ensure({
    ...object('UserIdentityMapping', identityName),
    identity: { name: identityName },
    user: { name },
  });
  const made = await client.get(`${api}/users/${encodeURIComponent(name)}`);
  if (made === undefined) throw new Error(`the User ${name} was deleted during its first login`);
  return made;
}

/** A login name as oauth-server writes it into an Identity and a User: `b64:…` if it contains `:` or `/`. */
function providerUserName(called: string): string {
  const coded = Buffer.from(called).toString('base64').replaceAll('=', '');
  return /[:/]/.test(called) ? `b64:${coded}` : called;
}

async function mappedUser(
  client: ClusterClient,
  identity: string,
  reference: { readonly name?: string | undefined; readonly uid?: string | undefined },
  isLookup: boolean,
): Promise<KubeObject> {
  const { name = '', uid } = reference;
  const code = isLookup ? 'mapping_lookup_error' : 'authentication_error';
  if (name === '') throw new LoginRefused(code, `the Identity ${identity} refers to no User`);
  const user = await client.get(`${api}/users/${encodeURIComponent(name)}`);
  if (user?.metadata['uid'] === uid && user !== undefined) {
    if (identitiesOf(user).includes(identity)) return user;
    throw new LoginRefused(code, `the User ${name} does not list the Identity ${identity}`);
  }
  throw new LoginRefused(
    code,
    `the Identity ${identity} belongs to a User ${name} that no longer exists; run: oc delete identity ${identity}`,
  );
}

/** The name of the User, by the mapping method. */
async function nameFor(
  client: ClusterClient,
  { mappingMethod = 'claim' }: LoginProvider,
  identity: string,
  user: string,
): Promise<string> {
  const isFree = async (name: string, takes: (identities: readonly string[]) => boolean) => {
    const there = await client.get(`${api}/users/${encodeURIComponent(name)}`);
    return (
      there === undefined || identitiesOf(there).includes(identity) || takes(identitiesOf(there))
    );
  };
  if (mappingMethod === 'add') return user;
  if (mappingMethod === 'generate') {
    for (let count = 1; count <= generateAttempts; count += 1) {
      const name = count === 1 ? user : `${user}${count}`;
      if (await isFree(name, () => false)) return name;
    }
    throw new LoginRefused(
      'authentication_error',
      `all names from ${user} to ${user}${generateAttempts} are taken`,
    );
  }
  if (await isFree(user, (identities) => identities.length === 0)) return user;
  const there = await client.get(`${api}/users/${encodeURIComponent(user)}`);
  const owners = there === undefined ? [] : identitiesOf(there);
  throw new LoginRefused(
    'mapping_claim_error',
    `the User ${user} cannot be claimed by ${identity}: it is already mapped to ${owners.join(', ')}`,
  );
}

function identitiesOf(user: KubeObject): readonly string[] {
  return userIdentities.parse(user).identities ?? [];
}

function object(kind: string, name: string): KubeObject {
  return { apiVersion: 'user.openshift.io/v1', kind, metadata: { name } };
}

// The limit of oauth-server.
const generateAttempts = 100;
const api = '/apis/user.openshift.io/v1';
const identityUser = z.object({
  user: z.object({ name: z.string().optional(), uid: z.string().optional() }).nullish(),
});
const userIdentities = z.object({ identities: z.array(z.string()).nullish() });
