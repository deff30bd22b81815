import { permissionsOf } from './need.ts';
import type { Need, Permission } from './need.ts';
import { REVIEW } from './proof.ts';
import { REACH_NEEDS } from './ways.ts';
import type { Reach } from '../registry-location.ts';

const RBAC = 'rbac.authorization.k8s.io';

const STEPS: readonly Need[] = [
  {
    for: "read the identity providers' CAs",
    group: '',
    verbs: ['get'],
    resources: ['configmaps'],
    namespace: 'openshift-config',
  },
  {
    for: 'foretell a login',
    group: 'user.openshift.io',
    verbs: ['list'],
    resources: ['identities'],
  },
  { for: 'find the namespaces', group: '', verbs: ['get'], resources: ['namespaces'] },
  {
    for: 'grant and take back',
    group: RBAC,
    verbs: ['create', 'delete'],
    resources: ['rolebindings', 'clusterrolebindings'],
  },
  {
    for: 'say on a grant what came of its proof',
    group: RBAC,
    verbs: ['patch'],
    resources: ['rolebindings', 'clusterrolebindings'],
  },
  { for: 'make prometheus-scraper', group: RBAC, verbs: ['create'], resources: ['clusterroles'] },
  // RBAC allows an account to create a role only if the account itself holds all its rights.
  {
    for: 'make prometheus-scraper',
    group: 'image.openshift.io',
    verbs: ['get'],
    resources: ['registry/metrics'],
  },
];

const READ_SECRETS: Need = {
  for: "look into the identity providers' secrets",
  group: '',
  verbs: ['get'],
  resources: ['secrets'],
  namespace: 'openshift-config',
};

const PROVISION: readonly Need[] = [
  {
    for: 'make logins beforehand',
    group: 'user.openshift.io',
    verbs: ['create', 'delete'],
    resources: ['users', 'identities', 'useridentitymappings'],
  },
  {
    for: 'make logins beforehand',
    group: 'user.openshift.io',
    verbs: ['get'],
    resources: ['identities'],
  },
];

/** The rights that the worker of a target needs to onboard. `roles` are those that it grants. */
export function stepPermissions(options: {
  readonly roles: readonly string[];
  readonly readSecrets: boolean;
  readonly provision: boolean;
  readonly reach: Reach;
  readonly logNamespaces: readonly string[];
}): readonly Permission[] {
  const optional = [
    ...(options.readSecrets ? [READ_SECRETS] : []),
    ...(options.provision ? PROVISION : []),
    ...options.logNamespaces.flatMap(logNeeds),
  ];
  const needs = [...STEPS, ...REVIEW, ...optional, ...REACH_NEEDS[options.reach]];
  const bind = options.roles.map((name) => ({
    right: { group: RBAC, resource: 'clusterroles', verb: 'bind', name },
    for: `hand out ${name}`,
  }));
  return [...needs.flatMap(permissionsOf), ...bind];
}

function logNeeds(namespace: string): readonly Need[] {
  const need = (verb: string, resource: string): Need => ({
    for: 'collect logs',
    group: '',
    verbs: [verb],
    resources: [resource],
    namespace,
  });
  return [need('list', 'pods'), need('get', 'pods/log'), need('list', 'events')];
}
