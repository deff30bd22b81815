import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster, User } from '@kubernetes/client-node';
import { readExtras, wrong } from './extras.ts';
import type { Extra } from './extras.ts';
import type { LoginCommand } from './login-command.ts';

/** Where a cluster is and who Purser is there: a kubeconfig file, or the pod's own service account. */
export interface ClusterAddress {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** One context of a kubeconfig, its paths absolute. */
export interface Account {
  /** As client-node has read it. */
  readonly kubeConfig: KubeConfig;
  readonly cluster: Cluster;
  readonly user: User;
  /** Holds the token, and is read again and again: it wins over `user.token`. */
  readonly tokenFile?: string | undefined;
  readonly login?: LoginCommand | undefined;
  /** The cluster's own settings for its login command. */
  readonly loginConfig?: unknown;
}

/**
 * Reads a kubeconfig as kubectl does (client-go's clientcmd), where client-node does not: `tokenFile`,
 * and paths of commands, which are relative to the file. Throws `NotConfigured` where it cannot be read,
 * names no such context, gives no credentials, or asks for what Purser does not know.
 */
export function readAccount(address: ClusterAddress): Account {
  const name = address.kubeconfig ?? '(in the cluster)';
  const kubeConfig = load(address);
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) {
    throw wrong(
      `the kubeconfig ${name} has no current cluster; set a current-context in it, or "context:" in purser.yaml`,
    );
  }
  assertSecure(cluster);
  const user = kubeConfig.getCurrentUser() ?? { name: '' };
  const { extra, loginConfig } = readExtras(address.kubeconfig, user.name, cluster.name);
  const at = path.dirname(path.resolve(address.kubeconfig ?? '.'));
  const account: Account = {
    kubeConfig,
    cluster,
    user,
    tokenFile: tokenFileOf(user, extra, at),
    login: extra.exec == null ? undefined : { ...extra.exec, folder: at },
    loginConfig,
  };
  assertKnown(name, extra);
  assertSomebody(name, account);
  return account;
}

// In a pod client-node writes it as an auth-provider.
function tokenFileOf({ authProvider }: User, { tokenFile }: Extra, at: string): string | undefined {
  const inPod: unknown = authProvider?.config?.tokenFile;
  if (typeof inPod === 'string' && inPod !== '') return inPod;
  return typeof tokenFile === 'string' && tokenFile !== ''
    ? path.resolve(at, tokenFile)
    : undefined;
}

function assertKnown(name: string, extra: Extra): void {
  const unknown = (['as-groups', 'as-uid', 'as-user-extra'] as const).find(
    (field) => extra[field] !== undefined,
  );
  if (unknown !== undefined) {
    throw wrong(
      `the kubeconfig ${name} has ${unknown}, which Purser does not know: it would act with other rights than kubectl; leave it out, or take an account of its own`,
    );
  }
  if (extra.exec?.interactiveMode === 'Always') {
    throw wrong(
      `the login command ${path.basename(extra.exec.command)} of the kubeconfig ${name} wants a terminal (interactiveMode: Always), which a worker has not; take one that asks nobody`,
    );
  }
}

// The API server would take such a request as system:anonymous, and refuse it as if rights were missing.
function assertSomebody(name: string, { user, tokenFile, login }: Account): void {
  const { token, username, authProvider, certData, certFile, keyData, keyFile } = user;
  const hasPair = (certData || certFile) && (keyData || keyFile);
  if ([tokenFile, login, token, username, authProvider, hasPair].some(Boolean)) return;
  const whose =
    user.name === ''
      ? 'its context names no user'
      : `its user ${JSON.stringify(user.name)} has none`;
  throw wrong(
    `the kubeconfig ${name} gives no credentials: ${whose}; log in with it (oc login), or give the user a token, tokenFile, exec or client-certificate with client-key`,
  );
}

function assertSecure({ server, skipTLSVerify }: Cluster): void {
  if (!server.startsWith('http:') || skipTLSVerify) return;
  throw wrong(
    `the kubeconfig's server ${server} is http: credentials would be sent in the clear; name its https address`,
  );
}

function load({ kubeconfig, context }: ClusterAddress): KubeConfig {
  if (kubeconfig === undefined && process.env['KUBERNETES_SERVICE_HOST'] === undefined) {
    throw wrong(
      'no kubeconfig is named, and this is not a pod of the cluster; set kubeconfig: of the target in purser.yaml',
    );
  }
  const kubeConfig = new KubeConfig();
  try {
    if (kubeconfig === undefined) kubeConfig.loadFromCluster();
    else kubeConfig.loadFromFile(kubeconfig);
    if (context !== undefined) kubeConfig.setCurrentContext(context);
  } catch (error) {
    throw wrong(
      `the kubeconfig ${kubeconfig ?? 'of the pod'} cannot be used: ${reasonOfFile(error)}`,
    );
  }
  if (context !== undefined && kubeConfig.getContextObject(context) === null) {
    const known = kubeConfig.getContexts().map(({ name }) => name);
    throw wrong(
      `context ${JSON.stringify(context)} is not in ${kubeconfig}; it has ${known.join(', ') || 'none'}`,
    );
  }
  return kubeConfig;
}

// The parser quotes what it could not read, and a kubeconfig holds tokens.
function reasonOfFile(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name !== 'YAMLException') return error.message.trim().slice(0, 400);
  const line = /\((\d+):\d+\)/.exec(error.message)?.[1];
  return `it is not YAML${line === undefined ? '' : ` (line ${line})`}`;
}
