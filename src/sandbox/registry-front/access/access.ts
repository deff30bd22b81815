import type { Attributes } from './review.ts';
import type { Route } from '../wire/routes.ts';

/** An access record as the registry asks for it and as a 401's detail shows it, key for key. */
export interface AccessRecord {
  readonly Type: 'repository' | 'registry' | 'metrics';
  readonly Class: '';
  readonly Name: string;
  readonly Action: 'pull' | 'push' | 'delete' | '*' | 'get';
}

/** What a request needs; undefined on /v2/, where being somebody is enough. */
export const accessFor = (
  route: Route,
  method: string,
  query: URLSearchParams,
): readonly AccessRecord[] | undefined => {
  if (route.kind === 'catalog') {
    return [{ Type: 'registry', Class: '', Name: 'catalog', Action: '*' }];
  }
  if (route.kind === 'metrics') {
    return [{ Type: 'metrics', Class: '', Name: '', Action: 'get' }];
  }
  if (!('name' in route)) {
    return undefined;
  }
  const from = query.get('from');
  const mounted = from === null || from === '' ? [] : [repository(from, 'pull')];
  return [...repositoryAccess(route.name, method), ...mounted];
};

const repositoryAccess = (name: string, method: string): readonly AccessRecord[] => {
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
};

const repository = (Name: string, Action: AccessRecord['Action']): AccessRecord => ({
  Type: 'repository',
  Class: '',
  Name,
  Action,
});

/** The review that decides a record; undefined for a name that isn't `project/name`. */
export const attributesOf = (record: AccessRecord, route: Route): Attributes | undefined => {
  if (record.Type === 'metrics') {
    return { verb: 'get', resource: 'registry', subresource: 'metrics' };
  }
  if (record.Type === 'registry') {
    return { verb: 'list', resource: 'imagestreams' };
  }
  const [namespace, name, ...more] = record.Name.split('/');
  if (namespace === undefined || name === undefined || more.length > 0) {
    return undefined;
  }
  if (record.Action === 'delete' && route.kind !== 'upload') {
    return { verb: 'delete', resource: 'images' };
  }
  const verb = record.Action === 'pull' ? 'get' : 'update';
  return { namespace, name, verb, resource: 'imagestreams/layers' };
};
