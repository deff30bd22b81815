import type { Right } from '../domain/rbac.ts';

/** A right that Purser needs, and what for. `name` narrows it to one object. */
export interface Permission {
  readonly right: Right & { readonly name?: string };
  readonly for: string;
}

const REGISTRY = 'openshift-image-registry';

const RBAC = 'rbac.authorization.k8s.io';

const STEPS: readonly Need[] = [
  {
    for: 'find the identity providers',
    group: 'config.openshift.io',
    verbs: ['get'],
    resources: ['oauths', 'authentications'],
  },
  {
    for: 'read the identity providers’ CAs',
    group: '',
    verbs: ['get'],
    resources: ['configmaps'],
    namespace: 'openshift-config',
  },
  {
    for: 'look up subjects',
    group: 'user.openshift.io',
    verbs: ['get'],
    resources: ['users', 'groups'],
  },
  {
    for: 'foretell a login',
    group: 'user.openshift.io',
    verbs: ['list'],
    resources: ['identities'],
  },
  {
    for: 'know a subject’s groups',
    group: 'user.openshift.io',
    verbs: ['list'],
    resources: ['groups'],
  },
  {
    for: 'look up subjects',
    group: '',
    verbs: ['get'],
    resources: ['namespaces', 'serviceaccounts'],
  },
  {
    for: 'grant and take back',
    group: RBAC,
    verbs: ['create', 'delete'],
    resources: ['rolebindings', 'clusterrolebindings'],
  },
  { for: 'make prometheus-scraper', group: RBAC, verbs: ['create'], resources: ['clusterroles'] },
  // RBAC lets nobody make a role that holds more than he does himself.
  {
    for: 'make prometheus-scraper',
    group: 'image.openshift.io',
    verbs: ['get'],
    resources: ['registry/metrics'],
  },
];

const REVIEW: readonly Need[] = [
  {
    for: 'find bindings',
    group: RBAC,
    verbs: ['get', 'list'],
    resources: ['rolebindings', 'clusterrolebindings'],
  },
  { for: 'judge other ways in', group: RBAC, verbs: ['get'], resources: ['roles', 'clusterroles'] },
  {
    for: 'ask what a subject may do',
    group: 'authorization.k8s.io',
    verbs: ['create'],
    resources: ['subjectaccessreviews'],
  },
  {
    for: 'find an image to pull',
    group: 'image.openshift.io',
    verbs: ['list'],
    resources: ['imagestreams'],
  },
  {
    for: 'tell a removed registry',
    group: 'imageregistry.operator.openshift.io',
    verbs: ['get'],
    resources: ['configs'],
  },
];

const PORT_FORWARD: readonly Need[] = [
  {
    for: 'reach the registry',
    group: '',
    verbs: ['list'],
    resources: ['pods'],
    namespace: REGISTRY,
  },
  // A port-forward by WebSocket begins with a GET; newer API servers ask for `create` besides.
  {
    for: 'reach the registry',
    group: '',
    verbs: ['create', 'get'],
    resources: ['pods/portforward'],
    namespace: REGISTRY,
  },
];

const ROUTE: Need = {
  for: 'find the route',
  group: 'route.openshift.io',
  verbs: ['get'],
  resources: ['routes'],
  namespace: REGISTRY,
};

const WAYS = {
  auto: [ROUTE],
  service: [],
  route: [ROUTE],
  'port-forward': PORT_FORWARD,
} as const;

const READ_SECRETS: Need = {
  for: 'look into the identity providers’ secrets',
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

const MINT: readonly Need[] = [
  {
    for: 'mint tokens',
    group: 'oauth.openshift.io',
    verbs: ['create', 'list', 'delete'],
    resources: ['oauthaccesstokens'],
  },
  {
    for: 'delete the canary',
    group: 'image.openshift.io',
    verbs: ['delete'],
    resources: ['imagestreams'],
  },
];

const HEALTH: readonly Need[] = [
  {
    for: 'hear the operator',
    group: 'config.openshift.io',
    verbs: ['get'],
    resources: ['clusteroperators', 'oauths', 'authentications'],
  },
  {
    for: 'hear the operator',
    group: 'imageregistry.operator.openshift.io',
    verbs: ['get'],
    resources: ['configs', 'imagepruners'],
  },
  {
    for: 'read the registry’s metrics',
    group: 'image.openshift.io',
    verbs: ['get'],
    resources: ['registry/metrics'],
  },
  {
    for: 'see what the operator runs',
    group: 'apps',
    verbs: ['get'],
    resources: ['deployments', 'daemonsets'],
    namespace: REGISTRY,
  },
  {
    for: 'see when images were pruned',
    group: 'batch',
    verbs: ['get'],
    resources: ['cronjobs'],
    namespace: REGISTRY,
  },
  ROUTE,
];

type Reach = keyof typeof WAYS;

/** What the worker of a target needs to onboard. `roles` are those that it hands out. */
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
  const needs = [...STEPS, ...REVIEW, ...optional, ...WAYS[options.reach]];
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

/** What the worker of the proofs needs in any case: to review, and to reach the registry. */
export function reviewPermissions(reach: Reach): readonly Permission[] {
  return [...REVIEW, ...WAYS[reach]].flatMap(permissionsOf);
}

/** What the worker of the proofs needs to take subjects' tokens, as far as it is allowed to. */
export function proofPermissions(options: {
  readonly mintTokens: boolean;
  readonly serviceAccountTokens: readonly string[];
}): readonly Permission[] {
  const needs = options.serviceAccountTokens.flatMap((namespace): readonly Need[] => [
    {
      for: 'take tokens',
      group: '',
      verbs: ['create'],
      resources: ['serviceaccounts/token'],
      namespace,
    },
    {
      for: 'end tokens',
      group: '',
      verbs: ['create', 'delete'],
      resources: ['secrets'],
      namespace,
    },
    {
      for: 'delete the canary',
      group: 'image.openshift.io',
      verbs: ['delete'],
      resources: ['imagestreams'],
      namespace,
    },
  ]);
  return [...(options.mintTokens ? MINT : []), ...needs].flatMap(permissionsOf);
}

/**
 * What the health checks need. They say `unknown` of what they may not look at, so that each right may
 * be left out; `namespace` is where the write path is tried.
 */
export function healthPermissions({
  namespace,
}: {
  readonly namespace: string;
}): readonly Permission[] {
  const streams = { for: 'try the write path', group: 'image.openshift.io', namespace };
  return [
    ...HEALTH,
    ...PORT_FORWARD,
    { ...streams, verbs: ['create', 'list', 'delete'], resources: ['imagestreams'] },
    { ...streams, verbs: ['get', 'update'], resources: ['imagestreams/layers'] },
  ].flatMap(permissionsOf);
}

interface Need {
  readonly for: string;
  readonly group: string;
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  readonly namespace?: string;
}

function permissionsOf({
  for: purpose,
  group,
  verbs,
  resources,
  namespace,
}: Need): readonly Permission[] {
  const where = namespace === undefined ? {} : { namespace };
  return resources.flatMap((resource) =>
    verbs.map((verb) => ({ right: { group, resource, verb, ...where }, for: purpose })),
  );
}
