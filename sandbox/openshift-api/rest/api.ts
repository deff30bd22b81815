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
import { nameOf, namespacedNameOf } from './object.ts';
import type { KubeObject, NamespacedName } from './object.ts';
import { patcherOf } from './patch.ts';
import { parseResourcePath, bodyOf, callerOf, mediaTypeOf } from './request.ts';
import type { ResourcePath } from './request.ts';
import { fieldMatch, labelMatch } from './selectors.ts';
import { ApiError, badRequest } from './status.ts';
import { answerWatch } from './watch.ts';

/** A request to one resource, ready to be dispatched. */
interface ApiRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly address: ResourcePath;
  readonly resource: Resource;
  readonly verbs: Verbs;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

interface ApiResponse {
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
  ): Promise<ApiResponse | undefined> => {
    const url = new URL(request.url ?? '/', 'https://stand-in');
    const found = request.method === 'GET' ? discover(resources, url.pathname) : undefined;
    if (found !== undefined) {
      return { code: 200, body: found };
    }
    const address = parseResourcePath(url.pathname);
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

/** The error names the route that is not served, so that a developer knows what to add. */
export function notServed(method: string, path: string): ApiError {
  return new ApiError(
    501,
    'NotImplemented',
    `the sandbox's stand-in for OpenShift's API servers does not serve ${method} ${path}`,
  );
}

async function dispatch(call: ApiRequest): Promise<ApiResponse | undefined> {
  const { request, address, resource } = call;
  if (resource.namespaced && address.namespace === undefined && request.method !== 'GET') {
    throw badRequest(`${resource.plural} live in a namespace, and the path names none`);
  }
  const { name, namespace } = address;
  if (name === undefined) {
    return await onCollection(call);
  }
  return await onObject(call, { name, ...(resource.namespaced && { namespace }) });
}

async function onCollection(call: ApiRequest): Promise<ApiResponse | undefined> {
  const { request, url, verbs, address } = call;
  switch (request.method) {
    case 'GET':
      return ['true', '1'].includes(url.searchParams.get('watch') ?? '')
        ? await watched(call)
        : { code: 200, body: await listed(call) };
    case 'POST': {
      const create = served(verbs.create);
      const body = (await bodyOf(request)) ?? {};
      const context = { ...contextOf(call), namespace: address.namespace };
      return { code: 201, body: await create(body, context) };
    }
    case 'DELETE':
      return { code: 200, body: await removedAll(call) };
    default:
      throw notAllowed();
  }
}

async function onObject(call: ApiRequest, ref: NamespacedName): Promise<ApiResponse> {
  const { request, verbs } = call;
  switch (request.method) {
    case 'GET':
      return { code: 200, body: await served(verbs.get)(ref, contextOf(call)) };
    case 'PUT':
    case 'PATCH': {
      const update = served(verbs.update);
      const modification = await modificationOf(request);
      return { code: 200, body: await update(ref, modification, contextOf(call)) };
    }
    case 'DELETE': {
      const { preconditions, ...context } = await deleteOptionsOf(call);
      return { code: 200, body: await served(verbs.remove)(ref, preconditions, context) };
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

async function watched(call: ApiRequest): Promise<undefined> {
  const { url, response, resource, verbs, signal } = call;
  const query = queryOf(call);
  const context = contextOf(call);
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

async function listed(call: ApiRequest): Promise<object> {
  const { resource, verbs } = call;
  const { items, revision } = await served(verbs.list)(queryOf(call), contextOf(call));
  return listOf(resource, items, revision);
}

async function removedAll(call: ApiRequest): Promise<object> {
  const { resource, verbs } = call;
  const remove = served(verbs.remove);
  const { items, revision } = await served(verbs.list)(queryOf(call), contextOf(call));
  const { preconditions, ...context } = await deleteOptionsOf(call);
  await Promise.all(
    items.map(async (item) => {
      try {
        await remove(namespacedNameOf(item), preconditions, context);
      } catch (error) {
        // Another request has deleted it; the collection is empty in any case.
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

function queryOf({ url, address, resource }: ApiRequest): Query {
  const byLabel = labelMatch(url.searchParams.get('labelSelector') ?? '');
  const byField = fieldMatch(
    url.searchParams.get('fieldSelector') ?? '',
    resource.fieldsOf,
    resource.fields,
  );
  // Kubernetes treats a GET of one name with ?watch as a watch with the field selector `metadata.name`.
  const byName =
    ({ name }: ResourcePath) =>
    (object: KubeObject) =>
      name === undefined || nameOf(object) === name;
  const named = byName(address);
  return {
    ...(resource.namespaced && { namespace: address.namespace }),
    match: (object) => named(object) && byLabel(object) && byField(object),
  };
}

function contextOf(call: ApiRequest): Context {
  const { request, response, url, address, resource, cluster } = call;
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
  call: ApiRequest,
): Promise<Context & { readonly preconditions: Preconditions }> {
  const options = deleteOptionsSchema.safeParse((await bodyOf(call.request)) ?? {});
  if (!options.success) {
    throw badRequest(`the DeleteOptions are not valid: ${z.prettifyError(options.error)}`);
  }
  const context = contextOf(call);
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
