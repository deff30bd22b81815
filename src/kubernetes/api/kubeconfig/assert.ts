import path from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import { hasUserInfo } from '../../../domain/wire/user-info.ts';
import { invalidKubeconfig } from './extras.ts';
import type { UserExtras } from './extras.ts';
import type { KubeconfigContext } from './context.ts';

/** Throws `NotConfigured` for a server that is none, or that would be sent credentials in the clear. */
export function assertServer(name: string, { server, ...cluster }: Cluster): void {
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server) || hasUserInfo(server)) {
    throw invalidKubeconfig(
      `the kubeconfig ${name} cannot be used: its cluster's server is not the address of an API server; write https://host:port, without a user or a password`,
    );
  }
  if (/^http:/i.test(server) && !cluster.skipTLSVerify) {
    throw invalidKubeconfig(
      `the kubeconfig's server ${server} is http: credentials would be sent in the clear; name its https address`,
    );
  }
  if (cluster.skipTLSVerify && (cluster.caData || cluster.caFile)) {
    throw invalidKubeconfig(
      `the kubeconfig ${name} cannot be used: its cluster has a certificate-authority and insecure-skip-tls-verify, which kubectl refuses, too; leave out the latter`,
    );
  }
}

/** Throws `NotConfigured` for what Purser would leave out without a word. */
export function assertKnown(name: string, extra: UserExtras): void {
  const unknown = (['as-groups', 'as-uid', 'as-user-extra'] as const).find(
    (field) => Object.keys(extra[field] ?? {}).length > 0,
  );
  if (unknown !== undefined) {
    throw invalidKubeconfig(
      `the kubeconfig ${name} has ${unknown}, which Purser does not know: it would act with other rights than kubectl; leave it out, or take an account of its own`,
    );
  }
  if (extra.exec?.interactiveMode === 'Always') {
    throw invalidKubeconfig(
      `the login command ${path.basename(extra.exec.command)} of the kubeconfig ${name} wants a terminal (interactiveMode: Always), which a worker has not; take one that asks nobody`,
    );
  }
}

/**
 * Throws `NotConfigured` where a user has no credentials, or some that exclude each other: kubectl takes
 * only one of token and name, and of login command and auth-provider, and no half of a pair.
 */
export function assertCredentials(
  name: string,
  { user, tokenFile, login }: KubeconfigContext,
): void {
  const has = credentialsIn(user);
  const hasToken = has.token || tokenFile !== undefined;
  assertOne(name, [
    [hasToken, 'a token'],
    [has.name, 'a username'],
  ]);
  assertOne(name, [
    [login !== undefined, 'exec'],
    [has.provider, 'an auth-provider'],
  ]);
  if (has.cert !== has.key) {
    const lacks = has.cert ? 'client-key' : 'client-certificate';
    throw invalidKubeconfig(
      `the kubeconfig ${name} cannot be used: its user has no ${lacks}: a certificate and its key go together`,
    );
  }
  // The API server would take such a request as system:anonymous, and refuse it as if rights were missing.
  if (hasToken || login !== undefined || Object.values(has).some(Boolean)) return;
  const whose =
    user.name === ''
      ? 'its context names no user of it'
      : `its user ${JSON.stringify(user.name)} has none`;
  throw invalidKubeconfig(
    `the kubeconfig ${name} gives no credentials: ${whose}; log in with it (oc login), or give the user a token, tokenFile, exec or client-certificate with client-key`,
  );
}

function credentialsIn(user: User) {
  return {
    token: Boolean(user.token),
    name: Boolean(user.username),
    provider: Boolean(user.authProvider),
    cert: Boolean(user.certData || user.certFile),
    key: Boolean(user.keyData || user.keyFile),
  };
}

function assertOne(name: string, given: readonly (readonly [boolean, string])[]): void {
  const there = given.filter(([isThere]) => isThere).map(([, what]) => what);
  if (there.length < 2) return;
  throw invalidKubeconfig(
    `the kubeconfig ${name} cannot be used: its user has ${there.join(' and ')}, of which kubectl takes only one; leave out the other`,
  );
}
