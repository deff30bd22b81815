import type { Answer, Asked } from './kube-server.ts';
import { refusal } from './kube-server.ts';

export interface Stored {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string | undefined;
    uid?: string | undefined;
    resourceVersion?: string | undefined;
    creationTimestamp?: string | undefined;
    labels?: Record<string, string> | null | undefined;
    annotations?: Record<string, string> | null | undefined;
  };
  [field: string]: unknown;
}

/** What an API server does with objects of any kind: create, get, list by label and page, delete. */
export interface Store {
  readonly objects: Map<string, Stored>;
  /** Keeps an object as somebody else would have made it. `at` is its collection's path. */
  put(at: string, object: Stored): Stored;
  respond(asked: Asked): Answer;
}

export function createStore(pageSize = 500): Store {
  const objects = new Map<string, Stored>();
  let version = 100;
  const put = (at: string, object: Stored): Stored => {
    version += 1;
    const namespace = /\/namespaces\/([^/]+)\//.exec(at)?.[1];
    const metadata = {
      uid: `uid-${version}`,
      resourceVersion: String(version),
      ...(namespace === undefined ? {} : { namespace }),
      ...object.metadata,
    };
    const kept = { ...object, metadata };
    objects.set(`${at}/${object.metadata.name}`, kept);
    return kept;
  };
  const acts: Record<string, (asked: Asked) => Answer> = {
    POST: ({ path, body }) => {
      if (!isStored(body)) return refusal(422, 'Invalid', 'metadata.name is required');
      const { name } = body.metadata;
      if (objects.has(`${path}/${name}`)) {
        return refusal(409, 'AlreadyExists', `"${name}" already exists`);
      }
      return { status: 201, body: put(path, body) };
    },
    GET: (asked) => {
      const found = objects.get(decode(asked.path));
      if (found !== undefined) return { status: 200, body: found };
      return asked.query['limit'] === undefined ? missing(asked) : list(asked);
    },
    DELETE: (asked) => {
      const found = objects.get(decode(asked.path));
      if (found === undefined) return missing(asked);
      const broken = brokenPrecondition(asked.body, found);
      if (broken !== undefined) return refusal(409, 'Conflict', broken);
      objects.delete(decode(asked.path));
      return { status: 200, body: { kind: 'Status', status: 'Success' } };
    },
  };
  const list = ({ path, query }: Asked): Answer => {
    const from = Number(query['continue'] ?? 0);
    const size = Math.min(pageSize, Number(query['limit']));
    const all = [...objects]
      .filter(([at]) => isIn(at, path))
      .map(([, object]) => object)
      .filter((object) => hasLabel(object, query['labelSelector']))
      .filter((object) => hasField(object, query['fieldSelector']));
    const next = from + size < all.length ? { continue: String(from + size) } : {};
    return { status: 200, body: { metadata: next, items: all.slice(from, from + size) } };
  };
  return {
    objects,
    put,
    respond: (asked) => acts[asked.method]?.(asked) ?? refusal(405, 'MethodNotAllowed', 'no'),
  };
}

function missing({ path }: Asked): Answer {
  return refusal(404, 'NotFound', `"${path.split('/').at(-1)}" not found`);
}

// Names are encoded on their way; the store knows them as they are.
function decode(path: string): string {
  return path.split('/').map(decodeURIComponent).join('/');
}

// A collection without a namespace lists those of all namespaces.
function isIn(at: string, collection: string): boolean {
  const parent = at.slice(0, at.lastIndexOf('/'));
  return parent === collection || parent.replace(/\/namespaces\/[^/]+/, '') === collection;
}

/** Takes `a=b` about a field of an object itself. */
function hasField(object: Stored, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const [field = '', value] = selector.split('=');
  return object[field] === value;
}

/** Takes `a=b`, `a in (b,c)`, `a`, and several of them with commas between. */
function hasLabel({ metadata }: Stored, selector: string | undefined): boolean {
  const terms = (selector ?? '').match(/[^,(]+\([^)]*\)|[^,]+/g) ?? [];
  return terms.every((term) => {
    const [, one, values] = /^(\S+) in \((.*)\)$/.exec(term) ?? [];
    const [label = '', value] = one === undefined ? term.split('=') : [one, values];
    if (value === undefined) return metadata.labels?.[label] !== undefined;
    return value.split(',').includes(metadata.labels?.[label] ?? '');
  });
}

function brokenPrecondition(options: unknown, { metadata }: Stored): string | undefined {
  if (typeof options !== 'object' || options === null || !('preconditions' in options)) return;
  for (const [field, wanted] of Object.entries(options.preconditions ?? {})) {
    const there = field === 'uid' ? metadata.uid : metadata.resourceVersion;
    if (there !== wanted) return `the ${field} in the precondition (${wanted}) is not ${there}`;
  }
  return undefined;
}

function isStored(body: unknown): body is Stored {
  return (
    typeof body === 'object' &&
    body !== null &&
    'metadata' in body &&
    typeof body.metadata === 'object' &&
    body.metadata !== null &&
    'name' in body.metadata
  );
}
