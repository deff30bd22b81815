/** What a path addresses. `name` is the repository as the client wrote it, with any number of segments. */
export type Route =
  | { readonly kind: 'base' | 'catalog' | 'metrics' | 'token' | 'none' }
  | { readonly kind: 'admin-blob'; readonly digest: string }
  | { readonly kind: 'slash'; readonly location: string }
  | RepositoryRoute;

export type RepositoryRoute =
  | { readonly kind: 'tags' | 'uploads'; readonly name: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob' | 'signatures'; readonly name: string; readonly digest: string }
  | { readonly kind: 'upload'; readonly name: string; readonly uuid: string };

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = `(${COMPONENT}(?:/${COMPONENT})*)`;
const DIGEST = '([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})';
/** A blob's route matches what looks like a digest; a handler then checks whether it is one. */
const ANY_DIGEST = '([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+)';
const TAG = '(\\w[\\w.-]{0,127})';

type Make = (name: string, rest: string) => Route;

const REPOSITORY_ROUTES: readonly (readonly [RegExp, Make])[] = [
  [new RegExp(`^/v2/${NAME}/tags/list$`), (name) => ({ kind: 'tags', name })],
  [
    new RegExp(`^/v2/${NAME}/manifests/(${TAG}|${DIGEST})$`),
    (name, reference) => ({ kind: 'manifest', name, reference }),
  ],
  [
    new RegExp(`^/v2/${NAME}/blobs/uploads$`),
    (name) => ({ kind: 'slash', location: `/v2/${name}/blobs/uploads/` }),
  ],
  [new RegExp(`^/v2/${NAME}/blobs/uploads/$`), (name) => ({ kind: 'uploads', name })],
  [
    new RegExp(`^/v2/${NAME}/blobs/uploads/([a-zA-Z0-9-_.=]+)$`),
    (name, uuid) => ({ kind: 'upload', name, uuid }),
  ],
  [
    new RegExp(`^/v2/${NAME}/blobs/${ANY_DIGEST}$`),
    (name, digest) => ({ kind: 'blob', name, digest }),
  ],
  [
    new RegExp(`^/extensions/v2/${NAME}/signatures/${DIGEST}$`),
    (name, digest) => ({ kind: 'signatures', name, digest }),
  ],
  [new RegExp(`^()/admin/blobs/${DIGEST}$`), (_name, digest) => ({ kind: 'admin-blob', digest })],
];

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['/v2/', { kind: 'base' }],
  ['/v2', { kind: 'slash', location: '/v2/' }],
  ['/v2/_catalog', { kind: 'catalog' }],
  ['/extensions/v2/metrics', { kind: 'metrics' }],
  ['/openshift/token', { kind: 'token' }],
]);

export function routeOf(path: string): Route {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) {
    return fixed;
  }
  for (const [pattern, make] of REPOSITORY_ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) {
      return make(match[1] ?? '', match[2] ?? '');
    }
  }
  return { kind: 'none' };
}

export function isDigest(reference: string): boolean {
  return reference.includes(':');
}
