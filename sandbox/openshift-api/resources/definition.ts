import type { z } from 'zod';
import type { KubeObject } from '../rest/object.ts';
import type { Cause } from '../rest/status.ts';

/** What defines a kind: its names, its schema and its rules. */
export interface Definition<T extends KubeObject> {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly singular: string;
  readonly namespaced?: boolean;
  readonly shortNames?: readonly string[];
  readonly schema: z.ZodType<T>;
  readonly fields?: readonly string[];
  readonly fieldsOf?: (object: T) => Readonly<Record<string, string>>;
  /** Why a name is not allowed; undefined if it is. A GET of such a name is 422 if `refusesBadNames`. */
  readonly nameFaults: (name: string) => readonly string[];
  readonly refusesBadNames?: boolean;
  readonly takesGenerateName?: boolean;
  /** Sets what a client may not choose; `old` is absent at creation. */
  readonly prepare?: (object: T, old: T | undefined) => T;
  readonly validate: (
    object: T,
    old: T | undefined,
  ) => readonly Cause[] | Promise<readonly Cause[]>;
  /** Admission of a creation: throws an ApiError. */
  readonly admit?: (object: T) => Promise<void>;
  readonly lifetimeSeconds?: (object: T) => number | undefined;
  readonly afterCreate?: (object: T) => Promise<void>;
  /** A DELETE answers the object and not a Status. */
  readonly answersDeleted?: boolean;
  /** Adds on reading what is not stored. */
  readonly present?: (object: T) => KubeObject;
}
