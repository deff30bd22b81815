import type { ProgramSpec } from '../info.ts';
import { aggregatorName } from '../folder/pki.ts';
import type { LaunchContext } from './context.ts';
import { etcdUrl } from './etcd.ts';
import { kubeconfig } from './kubeconfig.ts';
import { writeConfig } from './write-config.ts';

/**
 * The API server, with OpenShift's stand-ins behind it (docs/decisions/0008-sandbox.md). Writes the
 * configuration of the two webhooks.
 */
export function kubeApiserver(context: LaunchContext): ProgramSpec {
  const { paths, ports, pki, programs, tokenCacheTtl } = context;
  const authentication = webhookKubeconfig(context, 'authenticate');
  return {
    name: 'kube-apiserver',
    command: programs['kube-apiserver'],
    args: [
      `--etcd-servers=${etcdUrl(context)}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports.cluster}`,
      `--cert-dir=${paths.configOf('kube-apiserver')}`,
      `--tls-cert-file=${pki.apiServer.certFile}`,
      `--tls-private-key-file=${pki.apiServer.keyFile}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      // By default it tries for 10 s to reconcile with other API servers, of which there are none.
      '--endpoint-reconciler-type=none',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki.serviceAccountKey}`,
      `--service-account-signing-key-file=${pki.serviceAccountKey}`,
      `--token-auth-file=${paths.staticTokens}`,
      `--authorization-config=${writeAuthorization(context)}`,
      `--authentication-token-webhook-config-file=${authentication}`,
      // With the default, v1beta1, every token is refused.
      '--authentication-token-webhook-version=v1',
      ...(tokenCacheTtl === undefined
        ? []
        : [`--authentication-token-webhook-cache-ttl=${tokenCacheTtl}`]),
      ...aggregation(context),
      `--kubelet-client-certificate=${pki.kubeletClient.certFile}`,
      `--kubelet-client-key=${pki.kubeletClient.keyFile}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--disable-admission-plugins=ServiceAccount',
      '--profiling=false',
      '--v=0',
    ],
  };
}

function aggregation({ pki }: LaunchContext): readonly string[] {
  return [
    `--requestheader-client-ca-file=${pki.clusterCa}`,
    `--requestheader-allowed-names=${aggregatorName}`,
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki.aggregator.certFile}`,
    `--proxy-client-key-file=${pki.aggregator.keyFile}`,
  ];
}

// The webhook reviews only requests with scopes. A refusal answers `denied`; otherwise RBAC would decide
// next and could allow it. Nothing is cached: OpenShift's own authorizer runs inside the server.
function writeAuthorization(context: LaunchContext): string {
  const scoped = "has(request.extra) && 'scopes.authorization.openshift.io' in request.extra";
  return writeConfig(context.paths.configOf('authorization.yaml'), {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthorizationConfiguration',
    authorizers: [
      {
        type: 'Webhook',
        name: 'scopes',
        webhook: {
          timeout: '5s',
          subjectAccessReviewVersion: 'v1',
          matchConditionSubjectAccessReviewVersion: 'v1',
          failurePolicy: 'Deny',
          cacheAuthorizedRequests: false,
          cacheUnauthorizedRequests: false,
          authorizedTTL: '1s',
          unauthorizedTTL: '1s',
          connectionInfo: {
            type: 'KubeConfigFile',
            kubeConfigFile: webhookKubeconfig(context, 'authorize'),
          },
          matchConditions: [{ expression: scoped }],
        },
      },
      { type: 'RBAC', name: 'rbac' },
    ],
  });
}

function webhookKubeconfig(context: LaunchContext, route: 'authenticate' | 'authorize'): string {
  const { paths, ports, pki } = context;
  const server = `https://127.0.0.1:${ports.openshift}/${route}`;
  const content = kubeconfig({ server, caFile: pki.clusterCa, client: pki.webhook });
  return writeConfig(paths.configOf(`webhook-${route}.yaml`), content);
}
