import type { KubeObject } from '../api/kube-object.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** OpenShift's roles around the registry, with their rules as in openshift-facts.md 3.1 and 3.2. */
export function clusterRoles(): readonly KubeObject[] {
  return [
    role('registry-viewer', viewerRules, 'view'),
    role('registry-editor', editorRules, 'edit'),
    role('registry-admin', adminRules, 'admin'),
    role('system:image-puller', [rule(image, ['imagestreams/layers'], ['get'])]),
    role('system:image-pusher', [rule(image, ['imagestreams/layers'], ['get', 'update'])]),
    role('system:image-builder', builderRules, 'edit', 'admin'),
    role('system:image-signer', [
      rule(image, ['images', 'imagestreams/layers'], ['get']),
      rule(image, ['imagesignatures'], ['create', 'delete']),
    ]),
    role('system:image-auditor', [
      rule(image, ['images'], ['get', 'list', 'patch', 'update', 'watch']),
    ]),
    role('registry-monitoring', [rule(['image.openshift.io'], ['registry/metrics'], ['get'])]),
    role('system:registry', registryRules),
    role('basic-user', basicUserRules),
    role('self-access-reviewer', [rule(authorization, selfReviews, ['create'])]),
    role('cluster-status', [
      { nonResourceURLs: ['/healthz', '/healthz/', '/version', '/version/'], verbs: ['get'] },
    ]),
    role('cluster-reader', clusterReaderRules),
    role('system:oauth-token-deleter', [
      rule(['oauth.openshift.io'], ['oauthaccesstokens', 'oauthauthorizetokens'], ['delete']),
    ]),
    role('system:openshift:useroauthaccesstoken-manager', [
      rule(['oauth.openshift.io'], ['useroauthaccesstokens'], ['get', 'list', 'watch', 'delete']),
    ]),
  ];
}

const image = ['', 'image.openshift.io'];
const rbac = ['', 'authorization.openshift.io', 'rbac.authorization.k8s.io'];
const authorization = ['', 'authorization.openshift.io', 'authorization.k8s.io'];
const read = ['get', 'list', 'watch'];
const full = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const selfReviews = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'];

const tagResources = [
  'imagestreamimages',
  'imagestreammappings',
  'imagestreams',
  'imagestreamtags',
  'imagetags',
];
function projectRules(...verbs: string[]): Rule[] {
  return [
    rule([''], ['namespaces'], ['get']),
    rule(['', 'project.openshift.io'], ['projects'], ['get', ...verbs]),
  ];
}
const pushRules = [
  rule([''], ['secrets', 'serviceaccounts'], full),
  rule(image, [...tagResources, 'imagestreams/secrets'], full),
  rule(image, ['imagestreamimports'], ['create']),
  rule(image, ['imagestreams/layers'], ['get', 'update']),
];
const viewerRules = [
  rule(image, tagResources, read),
  rule(image, ['imagestreams/layers'], ['get']),
  ...projectRules(),
];
const editorRules = [...pushRules, ...projectRules()];
const adminRules = [
  ...pushRules,
  rule(rbac, ['roles', 'rolebindings'], full),
  // Measured: none of the other reviews (openshift-facts.md 11.2).
  rule(['', 'authorization.openshift.io'], ['subjectrulesreviews'], ['create']),
  ...projectRules('delete'),
];
const builderRules = [
  rule(image, ['imagestreams/layers'], ['get', 'update']),
  rule(image, ['imagestreams'], ['create']),
  rule(['', 'build.openshift.io'], ['builds'], ['get']),
  rule(['', 'build.openshift.io'], ['builds/details'], ['update']),
];
const registryRules = [
  rule([''], ['limitranges', 'resourcequotas'], ['list']),
  rule(image, ['imagestreamimages', 'imagestreams/layers', 'imagestreams/secrets'], ['get']),
  rule(image, ['imagestreams'], ['get', 'update']),
  rule(image, ['imagestreamtags'], ['delete']),
  rule(image, ['images'], ['get', 'update', 'create']),
  rule(image, ['imagestreammappings'], ['create']),
  rule(['operator.openshift.io'], ['imagecontentsourcepolicies'], ['list']),
  rule(['config.openshift.io'], ['imagedigestmirrorsets', 'imagetagmirrorsets'], ['list']),
  rule(authorization, ['subjectaccessreviews'], ['create']),
];
const basicUserRules = [
  rule(['', 'user.openshift.io'], ['users'], ['get'], ['~']),
  rule(['', 'project.openshift.io'], ['projectrequests'], ['list']),
  rule(rbac, ['clusterroles'], ['get', 'list']),
  rule(['storage.k8s.io'], ['storageclasses'], ['get', 'list']),
  rule(['', 'project.openshift.io'], ['projects'], ['list', 'watch']),
  rule(authorization, selfReviews, ['create']),
];
const clusterReaderRules = [
  rule([''], ['namespaces', 'nodes', 'pods', 'pods/log', 'services', 'events', 'configmaps'], read),
  rule(['apps'], ['deployments', 'replicasets', 'daemonsets', 'statefulsets'], read),
  rule(['rbac.authorization.k8s.io'], ['*'], read),
  rule(
    ['config.openshift.io', 'imageregistry.operator.openshift.io', 'route.openshift.io'],
    ['*'],
    read,
  ),
  rule(['user.openshift.io'], ['users', 'groups', 'identities'], read),
  rule(image, [...tagResources, 'images'], read),
  rule(image, ['imagestreams/layers'], ['get']),
];

function rule(
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): Rule {
  return { apiGroups, resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) };
}

function role(name: string, rules: readonly Rule[], ...aggregateTo: string[]): KubeObject {
  const labels = aggregateTo.map((to) => [`rbac.authorization.k8s.io/aggregate-to-${to}`, 'true']);
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: Object.fromEntries(labels) },
    rules,
  };
}
