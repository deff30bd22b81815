import { isDeepStrictEqual } from 'node:util';
import { withRevision } from '../store.ts';
import type { ObjectChange, Store, StoreEvent } from '../store.ts';
import { nameOf } from '../rest/object.ts';
import type { KubeObject, NamespacedName } from '../rest/object.ts';
import * as status from '../rest/status.ts';
import type { Definition } from './definition.ts';
import {
  newObject,
  modifiedMeanwhile,
  modify,
  parse,
  refuseBadName,
  refuseInvalid,
  refusePreconditions,
  successor,
} from './lifecycle.ts';
import type {
  Context,
  Modification,
  Preconditions,
  Query,
  Resource,
  WatchEvent,
} from './resource.ts';

/**
 * A patch is applied again to the newest object after a conflict, as Kubernetes does; at most this many
 * times.
 */
const PATCH_ATTEMPTS = 5;

/** All verbs of a kind whose objects live in the store. */
export function storedResource<T extends KubeObject>(store: Store, definition: Definition<T>) {
  const { plural, schema, namespaced = false } = definition;
  const present = (object: KubeObject): KubeObject => {
    const typed = schema.parse(object);
    return definition.present?.(typed) ?? typed;
  };
  const find = async (ref: NamespacedName): Promise<T> => {
    refuseBadName(definition, ref.name);
    const [object] = await store.read([{ resource: plural, ...ref }]);
    if (object === undefined) {
      throw status.notFound(definition, ref.name);
    }
    return schema.parse(object);
  };

  return {
    ...definition,
    namespaced,
    fields: definition.fields ?? [],
    fieldsOf: (object) => definition.fieldsOf?.(schema.parse(object)) ?? {},

    get: async (ref) => present(await find(ref)),

    async list({ namespace, match }) {
      const { items, revision } = await store.list(plural, namespace);
      return { items: items.map(present).filter(match), revision };
    },

    watch: ({ namespace, match, after, signal }) =>
      seenThrough(store.watch({ resource: plural, namespace }, after, signal), match, present),

    async create(body, { namespace, dryRun, admit }) {
      const home = namespaced ? namespace : undefined;
      const object = newObject(definition, parse(definition, body), home);
      await definition.admit?.(object);
      await refuseInvalid(definition, object, undefined);
      await admit({ object });
      if (dryRun) {
        return present(object);
      }
      const lifetimeSeconds = definition.lifetimeSeconds?.(object);
      const revision = await store.write([{ create: object, resource: plural, lifetimeSeconds }]);
      if (revision === undefined) {
        throw status.alreadyExists(definition, nameOf(object));
      }
      await definition.afterCreate?.(object);
      return present(withRevision(object, revision));
    },

    update: async (ref, modification, context) =>
      present(
        await updated(
          { store, definition, find: async () => await find(ref) },
          modification,
          context,
        ),
      ),

    async remove(ref, preconditions, context) {
      const found = { store, definition, find: async () => await find(ref) };
      const object = await removed(found, preconditions, context);
      return definition.answersDeleted === true
        ? present(object)
        : status.deleted(definition, ref.name, object.metadata.uid ?? '');
    },
  } satisfies Resource;
}

interface StoredObject<T extends KubeObject> {
  readonly store: Store;
  readonly definition: Definition<T>;
  readonly find: () => Promise<T>;
}

async function removed<T extends KubeObject>(
  { store, definition, find }: StoredObject<T>,
  preconditions: Preconditions,
  { dryRun, admit }: Context,
): Promise<T> {
  for (;;) {
    const object = await find();
    refusePreconditions(definition, object, preconditions);
    await admit({ old: object });
    const changes = [{ remove: object, resource: definition.plural }];
    // After a conflict it reads again: a DELETE without a resourceVersion never conflicts in Kubernetes.
    if (dryRun || (await store.write(changes)) !== undefined) {
      return object;
    }
  }
}

async function updated<T extends KubeObject>(
  parts: StoredObject<T>,
  modification: Modification,
  { dryRun, admit }: Context,
): Promise<T> {
  const { store, definition, find } = parts;
  for (let attempt = 1; ; attempt += 1) {
    const old = await find();
    const next = successor(definition, parse(definition, modify(modification, old)), old);
    await refuseInvalid(definition, next, old);
    await admit({ object: next, old });
    if (dryRun || isDeepStrictEqual(next, old)) {
      return next;
    }
    const revision = await store.write([{ update: next, resource: definition.plural }]);
    if (revision !== undefined) {
      return withRevision(next, revision);
    }
    if (modification.kind === 'replace' || attempt === PATCH_ATTEMPTS) {
      throw modifiedMeanwhile(definition, nameOf(old));
    }
  }
}

/** Changes of the store as a watch with a selector sees them: an object may start or stop to match. */
async function* seenThrough(
  events: AsyncIterable<StoreEvent>,
  match: Query['match'],
  present: (object: KubeObject) => KubeObject,
): AsyncGenerator<WatchEvent> {
  for await (const event of events) {
    if (event.type === 'progress') {
      yield { type: 'PROGRESS', revision: event.revision };
    } else if (event.type === 'compacted') {
      yield { type: 'COMPACTED' };
    } else {
      yield* sideOf(event.change, match, present);
    }
  }
}

function* sideOf(
  { previous, current, revision }: ObjectChange,
  match: Query['match'],
  present: (object: KubeObject) => KubeObject,
): Generator<WatchEvent> {
  const [before, after] = [previous, current].map((object) => {
    const shown = object && present(object);
    return shown !== undefined && match(shown) ? shown : undefined;
  });
  if (after !== undefined) {
    yield { type: before === undefined ? 'ADDED' : 'MODIFIED', object: after };
  } else if (before !== undefined) {
    // Kubernetes sends the last state with the revision of the deletion.
    yield { type: 'DELETED', object: withRevision(before, revision) };
  }
}
