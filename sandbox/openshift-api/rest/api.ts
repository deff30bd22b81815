import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type {
  Context,
  Modification,
  Preconditions,
  Query,
  Resource,
  Verbs,
} from '../resources/resource.ts';
import { admit } from '../admission/admission.ts';
import type { Cluster } from '../cluster.ts';
import { discover } from './discovery.ts';
import { nameOf, placeOf } from './object.ts';
import type { KubeObject, Place } from './object.ts';
import { patcherOf } from './patch.ts';
import { addressOf, bodyOf, callerOf, mediaTypeOf } from './request.ts';
import type { Address } from './request.ts';
import { fieldMatch, labelMatch } from './selectors.ts';
import { ApiError, badRequest } from './status.ts';
import { answerWatch } from './watch.ts';

/** A request to one resource, ready to be dispatched. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly address: Address;
  readonly resource: Resource;
  readonly verbs: Verbs;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly code: number;
  readonly body: object;
}

const deleteOptionsSchema = z.object({
  dryRun: z.array(z.string()).nullish(),
  preconditions: z
    .object({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .nullish(),
});

/**
 * Serves /apis: discovery and the verbs of the resources. kube-apiserver has authenticated and authorised each request.
 * Answers `undefined` when the response was streamed; refusals are thrown as ApiError.
 */
export function createApi(resources: readonly Resource[], cluster: Cluster) {
  const byAddress = new Map(resources.map((one) => [`${one.group}/${one.plural}`, one]));
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<Answer | undefined> => {
    const url = new URL(request.url ?? '/', 'https://stand-in');
    const found = request.method === 'GET' ? discover(resources, url.pathname) : undefined;
    if (found !== undefined) {
      return { code: 200, body: found };
    }
    const address = addressOf(url.pathname);
    const resource = address && byAddress.get(`${address.group}/${address.plural}`);
    const verbs = resource && verbsAt(resource, address.subresource);
    if (address === undefined || resource === undefined || verbs === undefined) {
      throw notServed(request.method ?? '', url.pathname);
    }
    return await dispatch({ request, response, url, address, resource, verbs, cluster, signal });
  };
}

function verbsAt(resource: Resource, subresource: string | undefined): Verbs | undefined {
  return subresource === undefined ? resource : resource.subresources?.[subresource];
}

/** An unserved route names itself, so that whoever needs it knows what to add. */
export function notServed(method: string, path: string): ApiError {
  return new ApiError(
    501,
    'NotImplemented',
    `the sandbox's stand-in for OpenShift's API servers does not serve ${method} ${path}`,
  );
}

async function dispatch(asked: Asked): Promise<Answer | undefined> {
  const { request, address, resource } = asked;
  if (resource.namespaced && address.namespace === undefined && request.method !== 'GET') {
    throw badRequest(`${resource.plural} live in a namespace, and the path names none`);
  }
  const { name, namespace } = address;
  if (name === undefined) {
    return await onCollection(asked);
  }
  return await onObject(asked, { name, ...(resource.namespaced && { namespace }) });
}

async function onCollection(asked: Asked): Promise<Answer | undefined> {
  const { request, url, verbs, address } = asked;
  switch (request.method) {
    case 'GET':
      return ['true', '1'].includes(url.searchParams.get('watch') ?? '')
        ? await watched(asked)
        : { code: 200, body: await listed(asked) };
    case 'POST': {
      const create = served(verbs.create);
      const body = (await bodyOf(request)) ?? {};
      const context = { ...contextOf(asked), namespace: address.namespace };
      return { code: 201, body: await create(body, context) };
    }
    case 'DELETE':
      return { code: 200, body: await removedAll(asked) };
    default:
      throw notAllowed();
  }
}

async function onObject(asked: Asked, place: Place): Promise<Answer> {
  const { request, verbs } = asked;
  switch (request.method) {
    case 'GET':
      return { code: 200, body: await served(verbs.get)(place, contextOf(asked)) };
    case 'PUT':
    case 'PATCH': {
      const update = served(verbs.update);
      const modification = await modificationOf(request);
      return { code: 200, body: await update(place, modification, contextOf(asked)) };
    }
    case 'DELETE': {
      const { preconditions, ...context } = await deleteOptionsOf(asked);
      return { code: 200, body: await served(verbs.remove)(place, preconditions, context) };
    }
    default:
      throw notAllowed();
  }
}

async function modificationOf(request: IncomingMessage): Promise<Modification> {
  if (request.method === 'PUT') {
    return { kind: 'replace', body: await bodyOf(request) };
  }
  const apply = patcherOf(mediaTypeOf(request));
  const patch = await bodyOf(request);
  return { kind: 'patch', apply: (current) => apply(current, patch) };
}

async function watched(asked: Asked): Promise<undefined> {
  const { url, response, resource, verbs, signal } = asked;
  const query = queryOf(asked);
  const context = contextOf(asked);
  const list = served(verbs.list);
  const watch = served(verbs.watch);
  await answerWatch({
    response,
    url,
    signal,
    kind: { kind: resource.kind, apiVersion: `${resource.group}/v1` },
    list: async () => await list(query, context),
    watch: (after, until) => watch({ ...query, after, signal: until }, context),
  });
}

async function listed(asked: Asked): Promise<object> {
  const { resource, verbs } = asked;
  const { items, revision } = await served(verbs.list)(queryOf(asked), contextOf(asked));
  return listOf(resource, items, revision);
}

async function removedAll(asked: Asked): Promise<object> {
  const { resource, verbs } = asked;
  const remove = served(verbs.remove);
  const { items, revision } = await served(verbs.list)(queryOf(asked), contextOf(asked));
  const { preconditions, ...context } = await deleteOptionsOf(asked);
  await Promise.all(
    items.map(async (item) => {
      try {
        await remove(placeOf(item), preconditions, context);
      } catch (error) {
        // Somebody else was faster; the collection is empty all the same.
        if (!(error instanceof ApiError) || error.status.code !== 404) {
          throw error;
        }
      }
    }),
  );
  return listOf(resource, items, revision);
}

/** Items of a typed list carry no kind of their own, as Kubernetes does it. */
function listOf(resource: Resource, items: readonly KubeObject[], revision: string): object {
  return {
    kind: `${resource.kind}List`,
    apiVersion: `${resource.group}/v1`,
    metadata: { resourceVersion: revision },
    items: items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
  };
}

function queryOf({ url, address, resource }: Asked): Query {
  const byLabel = labelMatch(url.searchParams.get('labelSelector') ?? '');
  const byField = fieldMatch(
    url.searchParams.get('fieldSelector') ?? '',
    resource.fieldsOf,
    resource.fields,
  );
  // The registry of names is per kind: a GET of one name with ?watch is `metadata.name` to Kubernetes.
  const byName =
    ({ name }: Address) =>
    (object: KubeObject) =>
      name === undefined || nameOf(object) === name;
  const named = byName(address);
  return {
    ...(resource.namespaced && { namespace: address.namespace }),
    match: (object) => named(object) && byLabel(object) && byField(object),
  };
}

function contextOf(asked: Asked): Context {
  const { request, response, url, address, resource, cluster } = asked;
  const caller = callerOf(request);
  const dryRun = url.searchParams.getAll('dryRun').includes('All');
  return {
    caller,
    dryRun,
    admit: async ({ object, old }) => {
      const warnings = await admit(cluster, {
        operation: old === undefined ? 'CREATE' : object === undefined ? 'DELETE' : 'UPDATE',
        subject: resource,
        subresource: address.subresource,
        name: nameOf(object ?? old ?? { metadata: {} }),
        namespace: address.namespace,
        object,
        old,
        caller,
        dryRun,
      });
      for (const warning of warnings) {
        response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`);
      }
    },
  };
}

async function deleteOptionsOf(
  asked: Asked,
): Promise<Context & { readonly preconditions: Preconditions }> {
  const options = deleteOptionsSchema.safeParse((await bodyOf(asked.request)) ?? {});
  if (!options.success) {
    throw badRequest(`the DeleteOptions are not valid: ${z.prettifyError(options.error)}`);
  }
  const context = contextOf(asked);
  return {
    ...context,
    dryRun: context.dryRun || options.data.dryRun?.includes('All') === true,
    preconditions: options.data.preconditions ?? {},
  };
}

function served<T>(verb: T | undefined): T {
  if (verb === undefined) {
    throw notAllowed();
  }
  return verb;
}

function notAllowed(): ApiError {
  return new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}
