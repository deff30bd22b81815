import { z } from 'zod';
import { withRevision } from '../../store.ts';
import type { Store } from '../../store.ts';
import { nameOf, objectSchema, revisionOf } from '../../rest/object.ts';
import type { KubeObject } from '../../rest/object.ts';
import * as status from '../../rest/status.ts';
import { identityNameFaults, identitySchema } from './identities.ts';
import type { Identity } from './identities.ts';
import { nameFieldCauses, userNameFaults } from '../names.ts';
import type { Resource } from '../resource.ts';
import { modifiedMeanwhile, modify, parse } from '../lifecycle.ts';
import { userSchema } from './users.ts';
import type { User } from './users.ts';

const WRITE_ATTEMPTS = 5;

const referenceSchema = z.looseObject({ name: z.string().default(''), uid: z.string().optional() });
const mappingSchema = objectSchema.extend({
  identity: referenceSchema.prefault({}),
  user: referenceSchema.prefault({}),
});

type Mapping = z.output<typeof mappingSchema>;

const kind = {
  group: 'user.openshift.io',
  plural: 'useridentitymappings',
  kind: 'UserIdentityMapping',
  schema: mappingSchema,
};
// Upstream uses the singular in its 404 and 409 (oauth-apiserver, useridentitymapping/rest.go).
const spoken: status.Subject = { ...kind, plural: 'useridentitymapping' };

interface LinkState {
  readonly identity: Identity | undefined;
  readonly user: User | undefined;
  readonly mapping: Mapping | undefined;
}

/**
 * The virtual link between an Identity and a User: written into both in one transaction, and stored
 * nowhere else (openshift-facts.md 4.1, 10.7). No list and no watch.
 */
export function userIdentityMappings(store: Store): Resource {
  const related = async (name: string) => await relatedTo(store, name);
  const link = async (mapping: Mapping, before: LinkState, dryRun: boolean) =>
    await linked(store, { mapping, before, dryRun });

  return {
    ...kind,
    singular: 'useridentitymapping',
    namespaced: false,
    fields: [],
    fieldsOf: () => ({}),

    async get({ name }) {
      return present(name, (await related(name)).mapping);
    },

    create: async (body, { dryRun, admit }) =>
      await retryOnConflict(nameOf(parse(kind, body)), async () => {
        const mapping = completed(parse(kind, body));
        const before = await related(nameOf(mapping));
        if (before.mapping !== undefined) {
          throw status.alreadyExists(spoken, nameOf(mapping));
        }
        refuseInvalid(mapping);
        await admit({ object: mapping });
        return await link(mapping, before, dryRun);
      }),

    update: async ({ name }, modification, { dryRun, admit }) =>
      await retryOnConflict(name, async () => {
        const before = await related(name);
        const mapping = completed(parse(kind, modify(modification, before.mapping ?? {})));
        refuseInvalid(mapping);
        refuseStale(mapping, before.mapping);
        await admit({ object: mapping, ...(before.mapping && { old: before.mapping }) });
        return mapping.user.name === before.mapping?.user.name
          ? before.mapping
          : await link(mapping, before, dryRun);
      }),

    remove: async ({ name }, _preconditions, { dryRun, admit }) =>
      await retryOnConflict(name, async () => {
        const { identity, user, mapping } = await related(name);
        if (identity === undefined || user === undefined) {
          throw status.notFound(spoken, name);
        }
        await admit({ old: present(name, mapping) });
        const changes = [
          { update: { ...identity, user: {} }, resource: 'identities' },
          { update: withoutIdentity(user, name), resource: 'users' },
        ];
        return dryRun || (await store.write(changes)) !== undefined ? status.success : undefined;
      }),
  };
}

async function relatedTo(store: Store, name: string): Promise<LinkState> {
  const [found] = await store.read([{ resource: 'identities', name }]);
  const identity = found && identitySchema.parse(found);
  const owner = identity?.user.name ?? '';
  const [holder] = owner === '' ? [] : await store.read([{ resource: 'users', name: owner }]);
  const user = holder && userSchema.parse(holder);
  const mapping = identity && user && agree(identity, user) ? mappingOf(identity) : undefined;
  return { identity, user, mapping };
}

function agree(identity: Identity, user: User): boolean {
  return (
    user.metadata.uid === identity.user.uid && user.identities?.includes(nameOf(identity)) === true
  );
}

/**
 * Writes both sides, and removes the identity from its former User; `undefined` if one of them has changed
 * since.
 */
async function linked(
  store: Store,
  { mapping, before, dryRun }: { mapping: Mapping; before: LinkState; dryRun: boolean },
): Promise<Mapping | undefined> {
  const name = nameOf(mapping);
  const { identity } = before;
  if (identity === undefined) {
    throw missing(name, 'identity', name);
  }
  const [found] = await store.read([{ resource: 'users', name: mapping.user.name }]);
  if (found === undefined) {
    throw missing(name, 'user', mapping.user.name);
  }
  const user = userSchema.parse(found);
  const next = { ...identity, user: { name: mapping.user.name, uid: user.metadata.uid } };
  if (dryRun) {
    return mappingOf(next);
  }
  const revision = await store.write([
    { update: next, resource: 'identities' },
    { update: withIdentity(user, name), resource: 'users' },
    ...(before.mapping && before.user
      ? [{ update: withoutIdentity(before.user, name), resource: 'users' }]
      : []),
  ]);
  return revision === undefined ? undefined : mappingOf(withRevision(next, revision));
}

/** Two objects change together: after a conflict both are read again. */
async function retryOnConflict<T>(name: string, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let count = 0; count < WRITE_ATTEMPTS; count += 1) {
    const result = await attempt();
    if (result !== undefined) {
      return result;
    }
  }
  throw modifiedMeanwhile(spoken, name);
}

function present(name: string, mapping: Mapping | undefined): Mapping {
  if (mapping === undefined) {
    throw status.notFound(spoken, name);
  }
  return mapping;
}

function completed(mapping: Mapping): Mapping {
  const name = nameOf(mapping) === '' ? mapping.identity.name : nameOf(mapping);
  return { ...mapping, metadata: { ...mapping.metadata, name } };
}

function refuseInvalid(mapping: Mapping): void {
  const name = nameOf(mapping);
  const causes = [
    ...nameFieldCauses('metadata.name', name, identityNameFaults),
    ...nameFieldCauses('identity.name', mapping.identity.name, (identity) =>
      identity === name ? [] : ['must match metadata.name'],
    ),
    ...nameFieldCauses('user.name', mapping.user.name, userNameFaults),
  ];
  if (causes.length > 0) {
    throw status.invalid(kind, name, causes);
  }
}

function refuseStale({ metadata }: Mapping, old: Mapping | undefined): void {
  const { name = '', resourceVersion = '' } = metadata;
  if (old !== undefined && resourceVersion !== '' && resourceVersion !== revisionOf(old)) {
    throw modifiedMeanwhile(spoken, name);
  }
}

function missing(name: string, field: 'identity' | 'user', value: string): status.ApiError {
  return status.invalid(kind, name, [
    status.invalidValue(`${field}.name`, value, `referenced ${field} does not exist`),
  ]);
}

function withIdentity(user: User, name: string): User {
  return {
    ...user,
    identities: [...new Set([...(user.identities ?? []), name])].sort(),
  };
}

function withoutIdentity(user: User, name: string): User {
  return {
    ...user,
    identities: (user.identities ?? []).filter((identity) => identity !== name),
  };
}

function mappingOf(identity: Identity): Mapping {
  const { name = '', uid, resourceVersion }: KubeObject['metadata'] = identity.metadata;
  return {
    kind: kind.kind,
    apiVersion: `${kind.group}/v1`,
    metadata: { name, uid, resourceVersion, creationTimestamp: null },
    identity: { name, uid },
    user: { name: identity.user.name ?? '', uid: identity.user.uid },
  };
}
