import { z } from 'zod';
import type { Store } from '../../store.ts';
import { objectSchema } from '../../rest/object.ts';
import type { KubeObject } from '../../rest/object.ts';
import { nameFieldCauses, groupNameFaults, userNameFaults } from '../names.ts';
import type { Resource } from '../resource.ts';
import { storedResource } from '../stored.ts';

const groupSchema = objectSchema.extend({ users: z.array(z.string()).nullish() });

/** Groups; `users` may be null (openshift-facts.md 4.1). */
export function groups(store: Store): Resource {
  return storedResource(store, {
    group: 'user.openshift.io',
    plural: 'groups',
    kind: 'Group',
    singular: 'group',
    schema: groupSchema,
    nameFaults: groupNameFaults,
    validate: ({ users }) =>
      (users ?? []).flatMap((user, index) =>
        nameFieldCauses(`user[${index}]`, user, userNameFaults),
      ),
  });
}

/** The names of those Group objects that list a user, sorted. */
export function groupsOf(user: string, items: readonly KubeObject[]): string[] {
  return items
    .map((item) => groupSchema.parse(item))
    .filter(({ users }) => users?.includes(user))
    .map(({ metadata }) => metadata.name ?? '')
    .sort();
}
