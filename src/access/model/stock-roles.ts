import type { Rule } from '../../domain/rbac.ts';

const IMAGE = ['', 'image.openshift.io'];
const BUILD = ['', 'build.openshift.io'];
const PROJECT = ['', 'project.openshift.io'];
const RBAC = ['', 'authorization.openshift.io', 'rbac.authorization.k8s.io'];
const REVIEW = ['', 'authorization.openshift.io', 'authorization.k8s.io'];

const READ = ['get', 'list', 'watch'];
const FULL = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const TAGS = [
  'imagestreamimages',
  'imagestreammappings',
  'imagestreams',
  'imagestreamtags',
  'imagetags',
];
const REVIEWS = [
  'localresourceaccessreviews',
  'localsubjectaccessreviews',
  'resourceaccessreviews',
  'subjectaccessreviews',
  'subjectrulesreviews',
];

function rule(
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): Rule {
  return { apiGroups, resources, verbs };
}

const LOOK_AT_PROJECT = [rule([''], ['namespaces'], ['get']), rule(PROJECT, ['projects'], ['get'])];
const PULL = rule(IMAGE, ['imagestreams/layers'], ['get']);
const PUSH = rule(IMAGE, ['imagestreams/layers'], ['get', 'update']);
const SECRETS = rule([''], ['secrets', 'serviceaccounts'], FULL);
const STREAMS = [
  rule(IMAGE, [...TAGS, 'imagestreams/secrets'], FULL),
  rule(IMAGE, ['imagestreamimports'], ['create']),
  PUSH,
];
const BUILDER = [
  PUSH,
  rule(IMAGE, ['imagestreams'], ['create']),
  rule(BUILD, ['builds'], ['get']),
  rule(BUILD, ['builds/details'], ['update']),
];

/**
 * What OpenShift's own roles hold, as far as Purser hands them out: openshift-apiserver,
 * pkg/bootstrappolicy/policy.go (openshift-facts.md 3.1). Releases differ in the reviews of
 * registry-admin (11.2): these are all of them, since a review only answers a question.
 * `prometheus-scraper` is the product documentation's; no cluster ships it (10.9).
 */
export const STOCK_ROLES = {
  'registry-viewer': [rule(IMAGE, TAGS, READ), PULL, ...LOOK_AT_PROJECT],
  'registry-editor': [SECRETS, ...STREAMS, ...LOOK_AT_PROJECT],
  'registry-admin': [
    SECRETS,
    ...STREAMS,
    rule(RBAC, ['roles', 'rolebindings'], FULL),
    rule(REVIEW, REVIEWS, ['create']),
    ...LOOK_AT_PROJECT,
    rule(PROJECT, ['projects'], ['delete']),
  ],
  'system:image-puller': [PULL],
  'system:image-builder': BUILDER,
  'prometheus-scraper': [rule(['image.openshift.io'], ['registry/metrics'], ['get'])],
} as const satisfies Readonly<Record<string, readonly Rule[]>>;

export type RoleName = keyof typeof STOCK_ROLES;

export const ROLE_NAMES = [
  'registry-viewer',
  'registry-editor',
  'registry-admin',
  'system:image-puller',
  'system:image-builder',
  'prometheus-scraper',
] as const satisfies readonly RoleName[];
