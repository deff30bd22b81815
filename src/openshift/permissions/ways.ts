import { REGISTRY_NAMESPACE } from '../../domain/registry-namespace.ts';
import type { Need } from './need.ts';

export const PORT_FORWARD: readonly Need[] = [
  {
    for: 'reach the registry',
    group: '',
    verbs: ['list'],
    resources: ['pods'],
    namespace: REGISTRY_NAMESPACE,
  },
  // A port-forward by WebSocket begins with a GET; newer API servers also require `create`.
  {
    for: 'reach the registry',
    group: '',
    verbs: ['create', 'get'],
    resources: ['pods/portforward'],
    namespace: REGISTRY_NAMESPACE,
  },
];

export const ROUTE: Need = {
  for: 'find the route',
  group: 'route.openshift.io',
  verbs: ['get'],
  resources: ['routes'],
  namespace: REGISTRY_NAMESPACE,
};

/** The rights that each way to the registry needs. */
export const REACH_NEEDS = {
  auto: [ROUTE],
  service: [],
  route: [ROUTE],
  'port-forward': PORT_FORWARD,
} as const;
