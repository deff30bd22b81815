import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DataPaths } from './paths.ts';

/** Writes kube-apiserver's static tokens, each also into its own file; a resumed sandbox keeps them. */
export function ensureStaticTokens(paths: DataPaths): void {
  const lines = [
    [ensureToken(paths.adminToken), 'sandbox-admin', 'sandbox-admin', '"system:masters"'],
    [
      ensureToken(paths.registryToken),
      registryAccount,
      'sandbox-registry',
      `"${registryGroups.join(',')}"`,
    ],
  ];
  writeFileSync(paths.staticTokens, lines.map((line) => `${line.join(',')}\n`).join(''), {
    mode: 0o600,
  });
  if (!existsSync(paths.tokenLedger)) writeFileSync(paths.tokenLedger, '', { mode: 0o600 });
}

function ensureToken(file: string): string {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

// kube-apiserver takes the service account from these names; the registry's front uses it.
const registryAccount = 'system:serviceaccount:openshift-image-registry:registry';
const registryGroups = [
  'system:serviceaccounts',
  'system:serviceaccounts:openshift-image-registry',
  'system:authenticated',
];
