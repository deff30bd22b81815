import { permissionsOf } from './need.ts';
import type { Need, Permission } from './need.ts';
import { REACH_NEEDS } from './ways.ts';
import type { Reach } from '../registry-location.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** To look up subjects: every activity does that itself. */
const LOOK_UP: readonly Need[] = [
  {
    for: 'tell where people come from',
    group: 'config.openshift.io',
    verbs: ['get'],
    resources: ['oauths', 'authentications'],
  },
  {
    for: 'look up subjects',
    group: 'user.openshift.io',
    verbs: ['get'],
    resources: ['users', 'groups'],
  },
  {
    for: "know a subject's groups",
    group: 'user.openshift.io',
    verbs: ['list'],
    resources: ['groups'],
  },
  { for: 'look up subjects', group: '', verbs: ['get'], resources: ['serviceaccounts'] },
];

/** To review a subject's rights, and the bindings that give them. */
export const REVIEW: readonly Need[] = [
  ...LOOK_UP,
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
    for: "tell a namespace of the cluster's own",
    group: '',
    verbs: ['get'],
    resources: ['namespaces'],
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

/** The rights that the worker of the proofs always needs: to review, and to reach the registry. */
export function reviewPermissions(reach: Reach): readonly Permission[] {
  return [...REVIEW, ...REACH_NEEDS[reach]].flatMap(permissionsOf);
}

/** The rights that the worker of the proofs needs to take subjects' tokens, as far as that is allowed. */
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
      for: 'find tokens that a crash has left',
      group: '',
      verbs: ['list'],
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
