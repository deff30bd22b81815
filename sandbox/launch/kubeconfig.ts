import { readFileSync } from 'node:fs';
import type { KeyPair } from '../folder/pki.ts';

export type KubeconfigOptions = {
  readonly server: string;
  readonly caFile: string;
  readonly namespace?: string;
} & ({ readonly token: string } | { readonly client: KeyPair });

/** A kubeconfig with one cluster, its CA embedded, and one user. */
export function kubeconfig(options: KubeconfigOptions) {
  const user =
    'token' in options
      ? { token: options.token }
      : { 'client-certificate': options.client.certFile, 'client-key': options.client.keyFile };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sandbox',
        cluster: {
          server: options.server,
          'certificate-authority-data': readFileSync(options.caFile).toString('base64'),
        },
      },
    ],
    users: [{ name: 'sandbox', user }],
    contexts: [
      {
        name: 'sandbox',
        context: { cluster: 'sandbox', user: 'sandbox', namespace: options.namespace ?? 'default' },
      },
    ],
    'current-context': 'sandbox',
  };
}
