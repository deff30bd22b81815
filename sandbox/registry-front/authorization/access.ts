import type { Attributes } from './review.ts';
import type { Route } from '../wire/routes.ts';

/** An access record as the registry asks for it and as a 401's detail shows it, key for key. */
export interface AccessRecord {
  readonly Type: 'repository' | 'registry' | 'metrics' | 'signature' | 'admin';
  readonly Class: '';
  readonly Name: string;
  readonly Action: 'pull' | 'push' | 'delete' | '*' | 'get' | 'put' | 'prune';
}

/** The access that a request needs; undefined on /v2/, which needs only a valid identity. */
export function accessFor(
  route: Route,
  method: string,
  query: URLSearchParams,
): readonly AccessRecord[] | undefined {
  if (route.kind === 'catalog') {
    return [{ Type: 'registry', Class: '', Name: 'catalog', Action: '*' }];
  }
  if (route.kind === 'metrics') {
    return [{ Type: 'metrics', Class: '', Name: '', Action: 'get' }];
  }
  if (route.kind === 'admin-blob') {
    return [{ Type: 'admin', Class: '', Name: '', Action: 'prune' }];
  }
  if (!('name' in route)) {
    return undefined;
  }
  const from = query.get('from');
  const mounted = from === null || from === '' ? [] : [repository(from, 'pull')];
  const signature = route.kind === 'signatures' ? signatureAccess(route.name, method) : [];
  return [...repositoryAccess(route.name, method), ...mounted, ...signature];
}

function signatureAccess(Name: string, method: string): readonly AccessRecord[] {
  return [{ Type: 'signature', Class: '', Name, Action: method === 'PUT' ? 'put' : 'get' }];
}

function repositoryAccess(name: string, method: string): readonly AccessRecord[] {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return [repository(name, 'pull')];
    case 'POST':
    case 'PUT':
    case 'PATCH':
      return [repository(name, 'pull'), repository(name, 'push')];
    case 'DELETE':
      return [repository(name, 'delete')];
    default:
      return [];
  }
}

function repository(Name: string, Action: AccessRecord['Action']): AccessRecord {
  return {
    Type: 'repository',
    Class: '',
    Name,
    Action,
  };
}

const CLUSTER_WIDE: Readonly<Record<string, Attributes>> = {
  'metrics get': { verb: 'get', resource: 'registry', subresource: 'metrics' },
  'registry *': { verb: 'list', resource: 'imagestreams' },
  'admin prune': { verb: 'delete', resource: 'images' },
  'signature put': { verb: 'create', resource: 'imagesignatures' },
};

/** The review that decides a record; undefined for a name that isn't `project/name`. */
export function attributesOf(record: AccessRecord, route: Route): Attributes | undefined {
  const clusterWide = CLUSTER_WIDE[`${record.Type} ${record.Action}`];
  if (clusterWide !== undefined) {
    return clusterWide;
  }
  const [namespace, name, ...more] = record.Name.split('/');
  if (namespace === undefined || name === undefined || more.length > 0) {
    return undefined;
  }
  if (record.Action === 'delete' && route.kind !== 'upload') {
    return { verb: 'delete', resource: 'images' };
  }
  const verb = record.Action === 'pull' || record.Action === 'get' ? 'get' : 'update';
  return { namespace, name, verb, resource: 'imagestreams/layers' };
}

/** The message for a repository name that is not `project/name`. */
export function badNameMessage(name: string): string {
  return `repository name ${JSON.stringify(name)} invalid: it must be of the format <project>/<name>`;
}
