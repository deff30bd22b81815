import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { createFakeImages } from './fake-images.ts';
import type { FakeResponse } from './fake-images.ts';
import { PEOPLE } from './people.ts';
import type { Person, PersonFacts, Right } from './people.ts';

export interface Attributes {
  readonly namespace?: string | undefined;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly name?: string | undefined;
}

/** A small Kubernetes API: reviews, image streams, mappings, images, with the real Status bodies. */
export interface FakeCluster {
  readonly server: string;
  readonly registryToken: string;
  readonly tokens: Readonly<Record<Person, string>>;
  /** The attributes of every access review. */
  readonly asked: Attributes[];
  /** The number of reviews of both kinds: nothing may be cached. */
  readonly counts: { selfReviews: number; accessReviews: number };
  /** Rights of system:anonymous; a test may change them. */
  readonly anonymousRights: Right[];
  /** Answers every request with 500 while true. */
  outage: boolean;
  readonly images: ReturnType<typeof createFakeImages>;
  readonly close: () => Promise<void>;
}

const REGISTRY_TOKEN = 'registry-service-account-token';

export async function startFakeCluster(): Promise<FakeCluster> {
  const entries = Object.keys(PEOPLE).map((person) => [person, `sha256~${person.padEnd(43, 'x')}`]);
  const tokens = Object.fromEntries(entries) as FakeCluster['tokens'];
  const server = createServer((request, response) => {
    respond(cluster, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const cluster: FakeCluster = {
    server: `http://127.0.0.1:${port}`,
    registryToken: REGISTRY_TOKEN,
    tokens,
    asked: [],
    counts: { selfReviews: 0, accessReviews: 0 },
    anonymousRights: [],
    outage: false,
    images: createFakeImages(['team-a', 'team-b', 'over-quota']),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return cluster;
}

type Caller = PersonFacts | 'registry' | 'anonymous' | undefined;

async function respond(
  cluster: FakeCluster,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body: unknown = request.method === 'POST' ? await json(request) : undefined;
  const caller = callerOf(cluster, request.headers.authorization);
  const answer = cluster.outage ? internal() : route(cluster, { request, caller, body });
  response
    .writeHead(answer.status, { 'Content-Type': 'application/json' })
    .end(JSON.stringify(answer.body));
}

function callerOf(cluster: FakeCluster, authorization: string | undefined): Caller {
  if (authorization === undefined) {
    return 'anonymous';
  }
  const token = authorization.replace('Bearer ', '');
  if (token === REGISTRY_TOKEN) {
    return 'registry';
  }
  const person = Object.entries(cluster.tokens).find(([, known]) => known === token)?.[0];
  return person === undefined ? undefined : PEOPLE[person as Person];
}

interface Call {
  readonly request: IncomingMessage;
  readonly caller: Caller;
  readonly body: unknown;
}

function route(cluster: FakeCluster, { request, caller, body }: Call): FakeResponse {
  if (caller === undefined) {
    return status(401, { reason: 'Unauthorized', message: 'Unauthorized' });
  }
  const path = request.url ?? '';
  if (path.endsWith('/selfsubjectreviews')) {
    cluster.counts.selfReviews += 1;
    return selfReview(caller);
  }
  if (path.endsWith('/selfsubjectaccessreviews') || path.endsWith('/subjectaccessreviews')) {
    cluster.counts.accessReviews += 1;
    return accessReview(cluster, caller, path.endsWith('/selfsubjectaccessreviews'), body);
  }
  const mayCreate = (namespace: string): boolean =>
    typeof caller === 'object' &&
    holds(caller.rights, { verb: 'create', resource: 'imagestreams', namespace });
  return cluster.images.route({
    method: request.method ?? '',
    path: path.split('?')[0] ?? '',
    body,
    mayCreate,
    isRegistry: caller === 'registry',
    mayList: typeof caller === 'object' && holds(caller.rights, { verb: 'list', resource: 'x' }),
  });
}

function forbidden(message: string): FakeResponse {
  return status(403, { reason: 'Forbidden', message });
}

function anonymousMay(resource: string, group: string): FakeResponse {
  return forbidden(
    `${resource}.${group} is forbidden: User "system:anonymous" cannot create resource "${resource}" in API group "${group}" at the cluster scope`,
  );
}

function selfReview(caller: Exclude<Caller, undefined>): FakeResponse {
  if (caller === 'anonymous') {
    return anonymousMay('selfsubjectreviews', 'authentication.k8s.io');
  }
  if (caller === 'registry') {
    return { status: 201, body: { status: { userInfo: { username: 'registry' } } } };
  }
  return caller.loginForbidden === undefined
    ? { status: 201, body: { status: { userInfo: { username: caller.user, uid: caller.uid } } } }
    : forbidden(caller.loginForbidden);
}

const reviewSchema = z.object({
  spec: z.object({
    user: z.string().optional(),
    groups: z.array(z.string()).optional(),
    resourceAttributes: z.object({
      namespace: z.string().optional(),
      verb: z.string(),
      group: z.string(),
      resource: z.string(),
      subresource: z.string().optional(),
      name: z.string().optional(),
    }),
  }),
});

function accessReview(
  cluster: FakeCluster,
  caller: Exclude<Caller, undefined>,
  self: boolean,
  body: unknown,
): FakeResponse {
  const { user, groups, resourceAttributes } = reviewSchema.parse(body).spec;
  cluster.asked.push(resourceAttributes);
  if (self && caller === 'anonymous') {
    return anonymousMay('selfsubjectaccessreviews', 'authorization.k8s.io');
  }
  if (self && typeof caller === 'object') {
    return verdict(holds(caller.rights, resourceAttributes), caller.deniedBecause);
  }
  const isAnonymous = user === 'system:anonymous' && groups?.includes('system:unauthenticated');
  return caller === 'registry' && isAnonymous === true
    ? verdict(holds(cluster.anonymousRights, resourceAttributes))
    : forbidden('only the registry may post subjectaccessreviews for system:anonymous');
}

function verdict(allowed: boolean, deniedBecause?: string): FakeResponse {
  return {
    status: 201,
    body: {
      status: {
        allowed,
        ...(allowed || deniedBecause === undefined ? {} : { denied: true, reason: deniedBecause }),
        ...(allowed || deniedBecause !== undefined ? {} : { reason: 'auth-scopeauth' }),
      },
    },
  };
}

function holds(
  rights: readonly Right[],
  asked: Pick<Attributes, 'verb' | 'resource' | 'namespace' | 'subresource'>,
): boolean {
  return rights.some(
    ({ verbs, resource, subresource, namespace }) =>
      (verbs.includes('*') || verbs.includes(asked.verb)) &&
      (resource === '*' || (resource === asked.resource && subresource === asked.subresource)) &&
      (namespace === undefined || namespace === asked.namespace),
  );
}

function internal(): FakeResponse {
  return status(500, { reason: 'InternalError', message: 'etcd is away' });
}

export function status(code: number, fields: Readonly<Record<string, unknown>>): FakeResponse {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...fields },
  };
}
