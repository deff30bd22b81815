import path from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import { hasUserInfo } from '../../../domain/wire/user-info.ts';
import { invalidKubeconfig } from './extras.ts';
import type { UserExtras } from './extras.ts';
import type { KubeconfigContext } from './context.ts';

/** Throws `NotConfigured` if the server is no API server's address, or would get credentials in the clear. */
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
      `the kubeconfig ${name} cannot be used: its cluster has a certificate-authority and insecure-skip-tls-verify, which kubectl refuses too; leave out the latter`,
    );
  }
}

/** Throws `NotConfigured` for settings that Purser would silently ignore. */
export function assertKnown(name: string, extra: UserExtras): void {
  const unknown = (['as-groups', 'as-uid', 'as-user-extra'] as const).find(
    (field) => Object.keys(extra[field] ?? {}).length > 0,
  );
  if (unknown !== undefined) {
    throw invalidKubeconfig(
      `the kubeconfig ${name} has ${unknown}, which Purser does not know: it would act with other rights than kubectl; leave it out, or use an account of its own`,
    );
  }
  if (extra.exec?.interactiveMode === 'Always') {
    throw invalidKubeconfig(
      `the login command ${path.basename(extra.exec.command)} of the kubeconfig ${name} needs a terminal (interactiveMode: Always), which a worker does not have; use one that needs no input`,
    );
  }
}

/**
 * Throws `NotConfigured` if a user has no credentials, or some that exclude each other. kubectl accepts
 * only one of token and name, and one of login command and auth-provider, and no certificate without its key.
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
  // The API server would treat such a request as system:anonymous, and refuse it as if rights were missing.
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
