/** The callers of the tests. An environment gives each of them a live token with these rights. */
export type Person =
  | 'viewer'
  | 'editor'
  | 'pusher'
  | 'admin'
  | 'nobody'
  | 'scraper'
  | 'bot'
  | 'scoped'
  | 'otherNamespace';

export interface Right {
  readonly verbs: readonly string[];
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

export interface PersonFacts {
  readonly user: string;
  readonly uid: string;
  readonly rights: readonly Right[];
  /** Rights for a token whose scopes do not even cover the login. */
  readonly loginForbidden?: string;
  /** Rights for a token whose scopes remove a right. */
  readonly deniedBecause?: string;
}

function layers(verbs: readonly string[]): Right {
  return {
    verbs,
    resource: 'imagestreams/layers',
    namespace: 'team-a',
  };
}

function uid(last: number): string {
  return `60c12ce9-5c88-45c0-ae82-d231d824${String(last).padStart(4, '0')}`;
}

/**
 * The rights of registry-viewer, registry-editor, system:image-pusher, cluster-admin and so on, as far as
 * the tests use them.
 */
export const PEOPLE: Readonly<Record<Person, PersonFacts>> = {
  viewer: { user: 'viewer', uid: uid(1), rights: [layers(['get'])] },
  editor: {
    user: 'editor',
    uid: uid(2),
    rights: [
      layers(['get', 'update']),
      { verbs: ['create'], resource: 'imagestreams', namespace: 'team-a' },
    ],
  },
  pusher: { user: 'pusher', uid: uid(3), rights: [layers(['get', 'update'])] },
  admin: { user: 'root', uid: uid(4), rights: [{ verbs: ['*'], resource: '*' }] },
  nobody: { user: 'nobody1', uid: uid(5), rights: [] },
  scraper: {
    user: 'prometheus',
    uid: uid(6),
    rights: [{ verbs: ['get'], resource: 'registry', subresource: 'metrics' }],
  },
  bot: { user: 'system:serviceaccount:team-a:bot', uid: uid(7), rights: [layers(['get'])] },
  scoped: {
    user: 'viewer',
    uid: uid(1),
    rights: [],
    loginForbidden:
      'selfsubjectreviews.authentication.k8s.io is forbidden: User "viewer" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope: scopes [user:info user:check-access role:registry-viewer:team-a] prevent this action',
  },
  otherNamespace: {
    user: 'viewer',
    uid: uid(1),
    rights: [],
    deniedBecause:
      'scopes [role:system:basic-user:* role:registry-viewer:team-b] prevent this action',
  },
};
