import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { configFileOf } from '../../src/running-sandbox.ts';
import type { SandboxInfo } from '../info.ts';

/** The name of the sandbox's one target. */
export const SANDBOX_TARGET = 'sandbox';

/** A folder with the route's CA alone, as `skopeo --cert-dir` and `podman --cert-dir` want it. */
export function certificatesOf({ dataDir }: SandboxInfo): string {
  return path.join(dataDir, 'certs.d');
}

/** Writes the purser.yaml with which everything that the README shows can be tried on a sandbox. */
export function writeSandboxConfig(info: SandboxInfo): string {
  const file = configFileOf(info);
  mkdirSync(certificatesOf(info), { recursive: true });
  copyFileSync(info.registry.ingressCaFile, path.join(certificatesOf(info), 'ca.crt'));
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
  writeFileSync(
    file,
    `# Made by the sandbox; it goes when the sandbox does.\n${stringify(config)}`,
    {
      mode: 0o600,
    },
  );
  return file;
}
