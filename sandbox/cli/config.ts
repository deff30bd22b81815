import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { configFileOf } from '../../src/running-sandbox.ts';
import type { SandboxInfo } from '../info.ts';

/** The name of the sandbox's one target. */
export const SANDBOX_TARGET = 'sandbox';

/** A folder with only the route's CA, for `skopeo --cert-dir` and `podman --cert-dir`. */
export function certificateFolder({ dataDir }: SandboxInfo): string {
  return path.join(dataDir, 'certs.d');
}

/** Writes a purser.yaml that serves all examples of the README on a sandbox. */
export function writeSandboxConfig(info: SandboxInfo): string {
  const file = configFileOf(info);
  mkdirSync(certificateFolder(info), { recursive: true });
  copyFileSync(info.registry.ingressCaFile, path.join(certificateFolder(info), 'ca.crt'));
  const config = {
    temporal: {
      address: info.temporal.address,
      namespace: info.temporal.namespace,
      ui: info.temporal.ui,
    },
    archive: { folder: 'archive' },
    targets: {
      [SANDBOX_TARGET]: {
        kubeconfig: info.cluster.kubeconfig,
        // The route's name does not resolve on this machine.
        registry: { reach: 'route', connect: info.registry.routeAddress },
        proof: { mintTokens: true, serviceAccountTokens: ['team-a'] },
        identity: { readSecrets: true },
      },
    },
  };
  writeFileSync(file, `# Written by the sandbox at each start.\n${stringify(config)}`, {
    mode: 0o600,
  });
  return file;
}
