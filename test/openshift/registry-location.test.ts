import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { locateRegistry, managementState } from '../../src/openshift/registry-location.ts';
import type { Reach } from '../../src/openshift/registry-location.ts';
import { cluster, FORBIDDEN } from '../kubernetes/environment.ts';
import type { Environment } from '../kubernetes/environment.ts';

const REGISTRY = 'openshift-image-registry';
const ROUTE = `/apis/route.openshift.io/v1/namespaces/${REGISTRY}/routes/default-route`;
const PODS = `/api/v1/namespaces/${REGISTRY}/pods`;
const SERVICE_CA = `/api/v1/namespaces/${REGISTRY}/configmaps/serviceca`;
const INGRESS_CA = '/api/v1/namespaces/openshift-config-managed/configmaps/default-ingress-cert';
const OPERATOR = '/apis/imageregistry.operator.openshift.io/v1/configs/cluster';

afterEach(() => {
  delete process.env['KUBERNETES_SERVICE_HOST'];
});

function pod(name: string, ready: string) {
  return {
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  };
}
const WITH_ROUTE: Environment = {
  [ROUTE]: { status: { ingress: [{}, { host: 'registry.apps.example' }] } },
  [INGRESS_CA]: { data: { 'ca-bundle.crt': 'INGRESS' } },
};
const WITH_PODS: Environment = {
  [PODS]: { items: [pod('registry-1', 'False'), pod('registry-2', 'True')] },
  [SERVICE_CA]: { data: { 'service-ca.crt': 'SERVICE' } },
};
const SERVICE = `https://image-registry.${REGISTRY}.svc:5000`;
const BY_ROUTE = ['route', 'https://registry.apps.example', 'INGRESS'];

interface Place {
  readonly reach: Reach;
  readonly inside?: boolean;
  readonly environment: Environment;
  readonly found: readonly unknown[];
}

const PLACES: Readonly<Record<string, Place>> = {
  'by its route': { reach: 'route', environment: WITH_ROUTE, found: BY_ROUTE },
  'by its service': {
    reach: 'service',
    environment: WITH_PODS,
    found: ['service', SERVICE, 'SERVICE'],
  },
  'through the API, by a pod that is ready': {
    reach: 'port-forward',
    environment: WITH_PODS,
    found: ['port-forward', SERVICE, 'SERVICE'],
  },
  'from outside, by the route where there is one': {
    reach: 'auto',
    environment: { ...WITH_ROUTE, ...WITH_PODS },
    found: BY_ROUTE,
  },
  'from outside, through the API where there is no route': {
    reach: 'auto',
    environment: WITH_PODS,
    found: ['port-forward', SERVICE, 'SERVICE'],
  },
  'from inside, by its service': {
    reach: 'auto',
    inside: true,
    environment: { ...WITH_ROUTE, ...WITH_PODS },
    found: ['service', SERVICE, 'SERVICE'],
  },
  'without the right to read its CA': {
    reach: 'route',
    environment: { ...WITH_ROUTE, [INGRESS_CA]: FORBIDDEN },
    found: ['route', 'https://registry.apps.example', undefined],
  },
};

for (const [what, { reach, inside, environment, found }] of Object.entries(PLACES)) {
  test(`the registry is found ${what}`, async (t) => {
    const { cluster: at } = await cluster(t, environment);
    if (inside === true) process.env['KUBERNETES_SERVICE_HOST'] = '127.0.0.1';
    const { way, origin, ca, open } = await locateRegistry(at, reach);
    assert.deepEqual([way, origin, ca], found);
    assert.equal(open !== undefined, way === 'port-forward');
  });
}

const REMOVED: Environment = { [OPERATOR]: { spec: { managementState: 'Removed' } } };
const NOWHERE: readonly (readonly [string, Reach, Environment, RegExp])[] = [
  ['there is no route', 'route', {}, /no default route: set spec\.defaultRoute .* to true, or /],
  ['the registry is removed', 'route', REMOVED, /the registry is Removed .*set it to Managed/],
  [
    'no pod is ready',
    'port-forward',
    { [PODS]: { items: [pod('registry-1', 'False')] } },
    /no registry pod is ready: look at the pods of openshift-image-registry/,
  ],
  [
    'there is no pod, because it is removed',
    'auto',
    { ...REMOVED, [PODS]: { items: [] } },
    /no registry pod is ready: the registry is Removed/,
  ],
];

for (const [what, reach, environment, says] of NOWHERE) {
  test(`where ${what}, the message says what to do`, async (t) => {
    const { cluster: at } = await cluster(t, environment);
    await assert.rejects(locateRegistry(at, reach), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, 'NotConfigured');
      assert.match(error.message, says);
      return true;
    });
  });
}

test('what the operator was told is undefined where there is no operator', async (t) => {
  const { cluster: at } = await cluster(t, REMOVED);
  assert.equal(await managementState(at), 'Removed');
  const { cluster: plain } = await cluster(t, {});
  assert.equal(await managementState(plain), undefined);
});
