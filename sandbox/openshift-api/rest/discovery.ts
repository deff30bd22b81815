import type { Resource, Verbs } from '../resources/resource.ts';

const VERBS: readonly (readonly [string, (verbs: Verbs) => unknown])[] = [
  ['create', ({ create }) => create],
  ['delete', ({ remove }) => remove],
  ['deletecollection', ({ remove, list }) => remove && list],
  ['get', ({ get }) => get],
  ['list', ({ list }) => list],
  ['patch', ({ update }) => update],
  ['update', ({ update }) => update],
  ['watch', ({ watch }) => watch],
];

/**
 * kube-apiserver collects these from every aggregated server, and logs an error each minute if there are
 * none.
 */
const DOCUMENTS: Readonly<Record<string, object>> = {
  '/openapi/v2': { swagger: '2.0', info: { title: 'openshift-api', version: 'v1' }, paths: {} },
  '/openapi/v3': { paths: {} },
};

/** Answers the OpenAPI documents, /apis, /apis/<group> and /apis/<group>/v1; `undefined` for any other path. */
export function discover(resources: readonly Resource[], path: string): object | undefined {
  const names = [...new Set(resources.map(({ group }) => group))];
  const document = DOCUMENTS[path];
  if (document !== undefined) {
    return document;
  }
  if (path === '/apis') {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(groupOf) };
  }
  const [, group = '', version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (!names.includes(group) || (version !== undefined && version !== 'v1')) {
    return undefined;
  }
  if (version === undefined) {
    return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  }
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${group}/v1`,
    resources: resources.filter((one) => one.group === group).flatMap(described),
  };
}

function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function described(resource: Resource): object[] {
  const { plural, singular, namespaced, shortNames, subresources = {} } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind: resource.kind,
      verbs: verbsOf(resource),
      ...(shortNames && { shortNames }),
    },
    ...Object.entries(subresources).map(([name, verbs]) => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      kind: verbs.kind,
      verbs: verbsOf(verbs),
    })),
  ];
}

function verbsOf(verbs: Verbs): string[] {
  return VERBS.filter(([, served]) => served(verbs) !== undefined).map(([verb]) => verb);
}
