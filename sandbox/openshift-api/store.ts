import { objectSchema, namespacedNameOf, revisionOf } from './rest/object.ts';
import type { KubeObject, NamespacedName } from './rest/object.ts';
import type { Etcd, KeyRange, KeyValue, WatchBatch, Write } from './etcd.ts';

/** An object's name, namespace and resource, e.g. `imagestreams`. */
export interface Key extends NamespacedName {
  readonly resource: string;
}

/** One write of a transaction. */
export type Change =
  | {
      readonly create: KubeObject;
      readonly resource: string;
      readonly lifetimeSeconds?: number | undefined;
    }
  /** Both need the object as it was read: they fail if it has changed since. */
  | { readonly update: KubeObject; readonly resource: string }
  | { readonly remove: KubeObject; readonly resource: string };

/** One change, both sides; `revision` is what a watch resumes from. */
export interface ObjectChange {
  readonly revision: string;
  readonly previous: KubeObject | undefined;
  /** Absent: it was deleted. */
  readonly current: KubeObject | undefined;
}

/** What a watch returns: changes, a revision up to which there are none, or the end by compaction. */
export type StoreEvent =
  | { readonly type: 'change'; readonly change: ObjectChange }
  | { readonly type: 'progress'; readonly revision: string }
  | { readonly type: 'compacted' };

export type Store = ReturnType<typeof createStore>;

/** Kubernetes objects in etcd as JSON; an object's resourceVersion is its key's modification revision. */
export function createStore(etcd: Etcd, prefix: string) {
  const keyOf = ({ resource, namespace, name }: Key): string =>
    [prefix, resource, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  const rangeOf = (resource: string, namespace?: string): KeyRange => ({
    prefix: `${[prefix, resource, ...(namespace === undefined ? [] : [namespace])].join('/')}/`,
  });

  const writeOf = async (change: Change): Promise<Write> => {
    const { resource } = change;
    if ('remove' in change) {
      const key = keyOf({ resource, ...namespacedNameOf(change.remove) });
      return { key, ifRevision: revisionOf(change.remove) };
    }
    const object = 'update' in change ? change.update : change.create;
    const key = keyOf({ resource, ...namespacedNameOf(object) });
    const value = textOf(object);
    if ('update' in change) {
      return { key, value, ifRevision: revisionOf(object) };
    }
    const seconds = change.lifetimeSeconds;
    const lease = seconds === undefined ? undefined : await etcd.grantLease(seconds);
    return { key, value, ifRevision: '0', ...(lease !== undefined && { lease }) };
  };

  return {
    /** The objects at these keys, all at one revision; `undefined` for a missing one. */
    async read(keys: readonly Key[]): Promise<(KubeObject | undefined)[]> {
      const { found } = await etcd.read(keys.map((key) => ({ key: keyOf(key) })));
      return found.map(([first]) => (first === undefined ? undefined : objectOf(first)));
    },

    async list(
      resource: string,
      namespace?: string,
    ): Promise<{ items: KubeObject[]; revision: string }> {
      const { found, revision } = await etcd.read([rangeOf(resource, namespace)]);
      return { items: (found[0] ?? []).map(objectOf), revision };
    },

    /** One object and a whole list in one round trip: every token review waits for it. */
    async readBeside(
      key: Key,
      resource: string,
    ): Promise<{ object: KubeObject | undefined; items: KubeObject[] }> {
      const { found } = await etcd.read([{ key: keyOf(key) }, rangeOf(resource)]);
      const [[first] = [], listed = []] = found;
      return { object: first && objectOf(first), items: listed.map(objectOf) };
    },

    count: async (resource: string, namespace?: string): Promise<number> =>
      await etcd.count(rangeOf(resource, namespace)),

    /**
     * All changes or none. Returns the resourceVersion that was written, `undefined` if an object had
     * changed.
     */
    async write(changes: readonly Change[]): Promise<string | undefined> {
      return await etcd.write(await Promise.all(changes.map(writeOf)));
    },

    /** Every change after a revision, until aborted. */
    watch: (
      { resource, namespace }: { resource: string; namespace?: string | undefined },
      afterRevision: string,
      signal: AbortSignal,
    ): AsyncGenerator<StoreEvent> =>
      eventsOf(
        etcd.watch(rangeOf(resource, namespace), String(BigInt(afterRevision) + 1n), signal),
      ),
  };
}

async function* eventsOf(batches: AsyncIterable<WatchBatch>): AsyncGenerator<StoreEvent> {
  for await (const { compacted, changes, revision } of batches) {
    if (compacted) {
      yield { type: 'compacted' };
      return;
    }
    for (const { current, previous, deleted } of changes) {
      const change = {
        revision: current.modRevision,
        previous: previous && objectOf(previous),
        current: deleted ? undefined : objectOf(current),
      };
      yield { type: 'change', change };
    }
    if (changes.length === 0) {
      yield { type: 'progress', revision };
    }
  }
}

/** The object as it is after a write, without reading it again. */
export function withRevision<T extends KubeObject>(object: T, resourceVersion: string): T {
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion },
  };
}

function objectOf({ value, modRevision }: KeyValue): KubeObject {
  return withRevision(objectSchema.parse(JSON.parse(value)), modRevision);
}

/** The revision is the key's own. A revision inside the value would be the previous one. */
function textOf(object: KubeObject): string {
  return JSON.stringify({
    ...object,
    metadata: { ...object.metadata, resourceVersion: undefined },
  });
}
