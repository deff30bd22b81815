import { z } from 'zod';
import { ApiError, badRequest } from './status.ts';

const APPLIERS: Readonly<Record<string, Apply>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  // No kind here has a list with a merge key that a client patches.
  'application/strategic-merge-patch+json': mergePatch,
};

type Apply = (target: unknown, patch: unknown) => unknown;

/**
 * The function that applies a patch of this media type to a copy of an object (RFC 6902 or RFC 7386).
 * Throws a 415 for server-side apply, which OpenShift's aggregated servers support and this one does not.
 */
export function patcherOf(contentType: string): Apply {
  const apply = APPLIERS[contentType];
  if (apply === undefined) {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the stand-in takes no patch of type ${contentType}; accepted media types include: ${Object.keys(APPLIERS).join(', ')}. Use create and update, not apply`,
    );
  }
  return apply;
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) {
    return patch;
  }
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete merged[key];
    } else {
      merged[key] = mergePatch(merged[key], value);
    }
  }
  return merged;
}

const operationsSchema = z.array(
  z.discriminatedUnion('op', [
    z.object({ op: z.enum(['add', 'replace', 'test']), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal('remove'), path: z.string() }),
    z.object({ op: z.enum(['move', 'copy']), path: z.string(), from: z.string() }),
  ]),
);

type Operation = z.output<typeof operationsSchema>[number];

function jsonPatch(target: unknown, patch: unknown): unknown {
  const operations = operationsSchema.safeParse(patch);
  if (!operations.success) {
    throw badRequest(`the JSON patch is not valid: ${z.prettifyError(operations.error)}`);
  }
  const root = { root: structuredClone(target) };
  for (const operation of operations.data) {
    applyOperation(root, operation);
  }
  return root.root;
}

function applyOperation(root: object, operation: Operation): void {
  switch (operation.op) {
    case 'add':
      return put(root, operation.path, operation.value);
    case 'replace':
      take(root, operation.path);
      return put(root, operation.path, operation.value);
    case 'remove':
      take(root, operation.path);
      return;
    case 'move':
      return put(root, operation.path, take(root, operation.from));
    case 'copy':
      return put(root, operation.path, structuredClone(read(root, operation.from)));
    case 'test':
      if (JSON.stringify(read(root, operation.path)) !== JSON.stringify(operation.value)) {
        throw unprocessable(`testing value ${operation.path} failed`);
      }
  }
}

function put(root: object, path: string, value: unknown): void {
  const { parent, key } = locate(root, path);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) {
      throw unprocessable(`there is no index ${key} for ${path}`);
    }
    parent.splice(index, 0, value);
  } else {
    parent[key] = value;
  }
}

function take(root: object, path: string): unknown {
  const value = read(root, path);
  const { parent, key } = locate(root, path);
  if (Array.isArray(parent)) {
    parent.splice(Number(key), 1);
  } else {
    delete parent[key];
  }
  return value;
}

function read(root: object, path: string): unknown {
  const { parent, key } = locate(root, path);
  const value = Array.isArray(parent) ? parent[Number(key)] : parent[key];
  if (value === undefined) {
    throw unprocessable(`there is nothing at ${path}`);
  }
  return value;
}

function locate(root: object, path: string) {
  const keys = ['root', ...path.split('/').slice(1)].map((key) =>
    key.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
  const last = keys.pop() ?? 'root';
  let parent: unknown = root;
  for (const key of keys) {
    parent = Array.isArray(parent) ? parent[Number(key)] : isRecord(parent) ? parent[key] : null;
  }
  if (!Array.isArray(parent) && !isRecord(parent)) {
    throw unprocessable(`there is no parent of ${path}`);
  }
  return { parent, key: last };
}

function unprocessable(why: string): ApiError {
  return new ApiError(422, 'Invalid', `the JSON patch could not be applied: ${why}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
