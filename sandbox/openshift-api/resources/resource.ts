import type { KubeObject, NamespacedName } from '../rest/object.ts';
import type { Match } from '../rest/selectors.ts';
import type { Status, Subject } from '../rest/status.ts';

/** The caller, as kube-apiserver names it (X-Remote-User, X-Remote-Uid, X-Remote-Group). */
export interface Caller {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** X-Remote-Extra-*, by key. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** An object before and after a change: one side is absent at a creation or a deletion. */
export interface Transition {
  readonly object?: KubeObject;
  readonly old?: KubeObject;
}

export interface Context {
  readonly caller: Caller;
  readonly dryRun: boolean;
  /** The cluster's admission policies, applied after validation and before a write; throws their refusal. */
  readonly admit: (transition: Transition) => Promise<void>;
}

/** What a list or a watch asks for. */
export interface Query {
  readonly namespace?: string | undefined;
  readonly match: Match;
}

/** A change of an existing object: a whole new body (PUT), or a patch of what is there. */
export type Modification =
  | { readonly kind: 'replace'; readonly body: unknown }
  | { readonly kind: 'patch'; readonly apply: (current: unknown) => unknown };

export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** One step of a watch as the client sees it. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'PROGRESS'; readonly revision: string }
  | { readonly type: 'COMPACTED' };

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly revision: string;
}

/** The verbs of a resource; a missing one is answered 405. Refusals are thrown as ApiError. */
export interface Verbs {
  readonly get?: (ref: NamespacedName, context: Context) => Promise<KubeObject>;
  readonly list?: (query: Query, context: Context) => Promise<ObjectList>;
  readonly watch?: (
    query: Query & { readonly after: string; readonly signal: AbortSignal },
    context: Context,
  ) => AsyncIterable<WatchEvent>;
  readonly create?: (
    body: unknown,
    context: Context & { readonly namespace?: string | undefined },
  ) => Promise<KubeObject | Status>;
  readonly update?: (
    ref: NamespacedName,
    modification: Modification,
    context: Context,
  ) => Promise<KubeObject>;
  readonly remove?: (
    ref: NamespacedName,
    preconditions: Preconditions,
    context: Context,
  ) => Promise<KubeObject | Status>;
}

/** A resource of one of the three groups, as discovery shows it and the router serves it. */
export interface Resource extends Subject, Verbs {
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly fields: readonly string[];
  readonly fieldsOf: (object: KubeObject) => Readonly<Record<string, string>>;
  readonly subresources?: Readonly<Record<string, Verbs & { readonly kind: string }>>;
}
