import type { TestContext } from 'node:test';
import { createProviderChecks } from '../../../activities/identity/providers.ts';
import { DEFAULT_PROBE, DEFAULT_RULES } from '../../../src/health/model/probe.ts';
import type { Target } from '../../../activities/target.ts';
import type { IdentityCheck } from '../../../src/identity/model/provider-check.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import { cluster } from '../../kubernetes/environment.ts';
import type { Environment } from '../../kubernetes/environment.ts';
import { timeout } from './provider-check.ts';
import { EXECUTIONS } from '../../support/executions.ts';

const CONFIG = '/apis/config.openshift.io/v1';
export const USERS = '/apis/user.openshift.io/v1';
export const IN_CONFIG = '/api/v1/namespaces/openshift-config';
export const ALICE: Subject = { kind: 'User', name: 'alice' };

export function oauth(...identityProviders: readonly object[]): Environment {
  return {
    [`${CONFIG}/oauths/cluster`]: { spec: { identityProviders } },
  };
}
export function authentication(spec: object): Environment {
  return {
    [`${CONFIG}/authentications/cluster`]: { spec },
  };
}
export const LOCAL = { name: 'local', type: 'HTPasswd', htpasswd: { fileData: { name: 'users' } } };
export const HASH = '$2y$05$uq0wTSzbqTmmLZKZT4xB4eGkMYmBEvlNeEBLfJLFg1VpQ4Xkq3FpW';
export const FILE: Environment = {
  [`${IN_CONFIG}/secrets/users`]: {
    data: { htpasswd: Buffer.from(`alice:${HASH}\n`).toString('base64') },
  },
};
export const ISSUER: Environment = {
  ...authentication({
    type: 'OIDC',
    oidcProviders: [
      {
        name: 'corp',
        issuer: { issuerURL: 'https://issuer.invalid', audiences: ['openshift'] },
        claimMappings: { username: { claim: 'sub' }, groups: { claim: 'groups', prefix: 'corp:' } },
      },
    ],
  }),
  '/apis': { groups: [{ name: 'apps' }] },
};

export async function targetOf(t: TestContext, env: Environment, more: Partial<Target> = {}) {
  const { kube, cluster: at } = await cluster(t, env);
  const target: Target = {
    name: 'prod',
    cluster: at,
    executions: EXECUTIONS,
    roles: 'product',
    policy: { accesses: ['pull'], protectedNamespaces: [] },
    grant: 'after-login',
    mayProvision: false,
    readSecrets: true,
    registry: { reach: 'auto' },
    patience: 900_000,
    proof: { mintTokens: false, serviceAccountTokens: [], canary: false },
    health: { probe: DEFAULT_PROBE, rules: DEFAULT_RULES },
    logNamespaces: [],
    at: () => {},
    ...more,
  };
  return { kube, target };
}

export async function checkOf(
  t: TestContext,
  env: Environment,
  asked = {},
  more: Partial<Target> = {},
) {
  const { target } = await targetOf(t, env, more);
  return createProviderChecks(target).run(asked, timeout());
}

export function textsOf({ providers, findings }: IdentityCheck): string {
  return [...providers.flatMap((each) => each.findings), ...findings]
    .map(({ severity, text, advice }) => `${severity}: ${text}; ${advice}`)
    .join('\n');
}
