import { REGISTRY_NAMESPACE } from '../../domain/registry-namespace.ts';
import { permissionsOf } from './need.ts';
import type { Need, Permission } from './need.ts';
import { PORT_FORWARD, ROUTE } from './ways.ts';

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
    for: "read the registry's metrics",
    group: 'image.openshift.io',
    verbs: ['get'],
    resources: ['registry/metrics'],
  },
  {
    for: 'see what the operator runs',
    group: 'apps',
    verbs: ['get'],
    resources: ['deployments', 'daemonsets'],
    namespace: REGISTRY_NAMESPACE,
  },
  {
    for: 'see when images were pruned',
    group: 'batch',
    verbs: ['get'],
    resources: ['cronjobs'],
    namespace: REGISTRY_NAMESPACE,
  },
  ROUTE,
];

/**
 * The rights of the health checks. A check without its right is `unknown`, so that each right is optional.
 * `namespace` is that of the write path.
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
