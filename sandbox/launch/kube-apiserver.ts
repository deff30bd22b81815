import type { ProgramSpec } from '../info.ts';
import { aggregatorName } from '../folder/pki.ts';
import type { LaunchContext } from './context.ts';
import { etcdUrl } from './etcd.ts';
import { kubeconfig } from './kubeconfig.ts';
import { writeConfig } from './write-config.ts';

/** The API server that OpenShift's stand-ins answer for (docs/decisions/0008-sandbox.md); writes the two webhooks' configuration. */
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
      // Its default tries 10 s to reconcile with other API servers, which there never are.
      '--endpoint-reconciler-type=none',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki.serviceAccountKey}`,
      `--service-account-signing-key-file=${pki.serviceAccountKey}`,
      `--token-auth-file=${paths.staticTokens}`,
      `--authorization-config=${writeAuthorization(context)}`,
      `--authentication-token-webhook-config-file=${authentication}`,
      // With v1beta1, the default, every token is refused.
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

// Only requests that carry scopes are asked about; a refusal answers `denied`, or RBAC would be asked
// next and allow. Nothing is cached: OpenShift's own authorizer runs in the server.
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
