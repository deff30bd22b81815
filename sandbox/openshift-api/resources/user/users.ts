import { z } from 'zod';
import type { Store } from '../../store.ts';
import { objectSchema } from '../../rest/object.ts';
import { forbidden, invalidValue } from '../../rest/status.ts';
import type { Cause, Subject } from '../../rest/status.ts';
import { userNameFaults } from '../names.ts';
import { identityNameFaults } from './identities.ts';
import type { Caller, Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

export const userSchema = objectSchema.extend({
  fullName: z.string().optional(),
  identities: z.array(z.string()).nullish(),
  groups: z.array(z.string()).nullish(),
});

export type User = z.output<typeof userSchema>;

const userSubject: Subject = { group: 'user.openshift.io', plural: 'users', kind: 'User' };

/** Users, and the virtual `users/~`: the caller (openshift-facts.md 4.1, 10.7). */
export function users(store: Store): Resource {
  const stored = storedResource(store, {
    ...userSubject,
    singular: 'user',
    schema: userSchema,
    nameFaults: userNameFaults,
    refusesBadNames: true,
    validate: userCauses,
    // Stored as shown, so that a PUT of the object as read changes nothing.
    prepare: shown,
    present: shown,
  });
  return {
    ...stored,
    get: async (ref, context) =>
      ref.name === '~' ? await ownUser(store, context.caller) : await stored.get(ref),
  };
}

/** As Go writes it (openshift-facts.md 11.2): no `identities` if there are none, and `groups` null. */
function shown({ identities, groups, ...user }: User): User {
  const some = identities ?? [];
  return {
    ...user,
    ...(some.length > 0 && { identities: some }),
    groups: groups?.length ? groups : null,
  };
}

async function ownUser(store: Store, caller: Caller): Promise<User> {
  if (caller.name === '' || caller.groups.includes('system:unauthenticated')) {
    throw forbidden(userSubject, '~', 'requests to ~ must be authenticated');
  }
  const { name } = caller;
  const groups = [...new Set(caller.groups)].sort();
  const virtual = {
    kind: 'User',
    apiVersion: 'user.openshift.io/v1',
    // Measured without a uid (openshift-facts.md 10.7), whatever the authenticator gave.
    metadata: { name, creationTimestamp: null },
    groups,
  };
  // A certificate's `system:admin` or a service account cannot have a User object at all.
  if (userNameFaults(name).length > 0) {
    return virtual;
  }
  const [user] = await store.read([{ resource: userSubject.plural, name }]);
  return user === undefined ? virtual : { ...shown(userSchema.parse(user)), groups };
}

function userCauses({ identities, groups }: User): Cause[] {
  const causes = (identities ?? []).flatMap((identity, index) => {
    const faults = identityNameFaults(identity);
    return faults.length === 0
      ? []
      : [invalidValue(`identities[${index}]`, identity, faults.join(', '))];
  });
  if ((groups ?? []).length > 0) {
    causes.push(invalidValue('groups', groups, 'is deprecated and cannot be set'));
  }
  return causes;
}
