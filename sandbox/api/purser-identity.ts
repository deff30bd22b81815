import { z } from 'zod';
import { applyManifests } from './apply-manifests.ts';
import { ownNamespace } from '../bootstrap/namespaces.ts';
import type { ClusterClient } from './cluster-client.ts';
import { kubeconfig } from '../launch/kubeconfig.ts';
import { writeConfig } from '../launch/write-config.ts';

export interface PurserIdentityOptions {
  readonly server: string;
  readonly caFile: string;
  /** Folder of the manifests of Purser's rights. */
  readonly manifests: string;
  /** The kubeconfig to write, with a token of 24 hours in it. */
  readonly file: string;
}

/** Creates Purser's own service account, purser/purser, with exactly the rights of its manifests. */
export async function createPurserIdentity(
  client: ClusterClient,
  options: PurserIdentityOptions,
): Promise<void> {
  await applyManifests(client, options.manifests);
  const path = `/api/v1/namespaces/${ownNamespace}/serviceaccounts/purser/token`;
  const answer = await client.send('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: tokenSeconds },
  });
  if (answer.status !== 201) throw new Error(`Tried POST ${path}; it answered ${answer.status}`);
  const { token } = tokenRequest.parse(answer.body).status;
  const { server, caFile } = options;
  writeConfig(options.file, kubeconfig({ server, caFile, namespace: ownNamespace, token }));
}

const tokenSeconds = 24 * 60 * 60;
const tokenRequest = z.object({ status: z.object({ token: z.string() }) });
