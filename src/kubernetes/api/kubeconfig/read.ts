import type { KubeconfigContext } from './context.ts';
import type { ClusterAddress } from './context.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster, User } from '@kubernetes/client-node';
import { readYaml } from '../../../yaml.ts';
import { assertCredentials, assertKnown, assertServer } from './assert.ts';
import { readContent, readExtras, invalidKubeconfig } from './extras.ts';
import type { KubeconfigContent, UserExtras } from './extras.ts';
import { proxyFor } from './proxy.ts';
import { errorMessage } from '../../../domain/errors.ts';

/**
 * Reads a kubeconfig as kubectl does (client-go's clientcmd). client-node differs in merge keys, `tokenFile`,
 * proxies of the environment, and paths of commands, which are relative to the file. Throws `NotConfigured`
 * if it cannot be read, names no such context, gives no credentials, or needs what Purser does not support.
 */
export function readAccount(address: ClusterAddress): KubeconfigContext {
  const name = address.kubeconfig ?? '(in the cluster)';
  const { kubeConfig, content } = load(address);
  const cluster = clusterOf(name, kubeConfig);
  assertServer(name, cluster);
  const user = kubeConfig.getCurrentUser() ?? { name: '' };
  const { extra, loginConfig } = readExtras(name, content, {
    user: user.name,
    cluster: cluster.name,
  });
  const at = path.dirname(path.resolve(address.kubeconfig ?? '.'));
  const account: KubeconfigContext = {
    kubeConfig,
    cluster,
    user,
    tokenFile: tokenFileOf(user, extra, at),
    login: extra.exec == null ? undefined : { ...extra.exec, folder: at },
    proxy: proxyFor(cluster),
    loginConfig,
  };
  assertKnown(name, extra);
  assertCredentials(name, account);
  return account;
}

function clusterOf(name: string, kubeConfig: KubeConfig): Cluster {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster !== null) return cluster;
  const current = kubeConfig.getCurrentContext();
  const context = current ? kubeConfig.getContextObject(current) : null;
  if (context !== null) {
    throw invalidKubeconfig(
      `the kubeconfig ${name} cannot be used: the cluster ${JSON.stringify(context.cluster)} of its context ${JSON.stringify(current)} is not in it, or has no server`,
    );
  }
  const which = current ? `its current context ${JSON.stringify(current)}` : 'a current context';
  throw invalidKubeconfig(
    `the kubeconfig ${name} lacks ${which}; set current-context in it, or "context:" in purser.yaml: it has ${contextsIn(kubeConfig)}`,
  );
}

function contextsIn(kubeConfig: KubeConfig): string {
  const names = kubeConfig.getContexts().map(({ name }) => name);
  return names.join(', ') || 'none';
}

// In a pod, client-node represents it as an auth-provider.
function tokenFileOf(
  { authProvider }: User,
  { tokenFile }: UserExtras,
  at: string,
): string | undefined {
  const inPod: unknown = authProvider?.config?.tokenFile;
  if (typeof inPod === 'string' && inPod !== '') return inPod;
  return typeof tokenFile === 'string' && tokenFile !== ''
    ? path.resolve(at, tokenFile)
    : undefined;
}

interface Loaded {
  readonly kubeConfig: KubeConfig;
  readonly content: KubeconfigContent;
}

function load({ kubeconfig, context }: ClusterAddress): Loaded {
  const loaded = kubeconfig === undefined ? loadPod() : loadFile(kubeconfig);
  if (context === undefined) return loaded;
  const { kubeConfig } = loaded;
  kubeConfig.setCurrentContext(context);
  if (kubeConfig.getContextObject(context) !== null) return loaded;
  throw invalidKubeconfig(
    `context ${JSON.stringify(context)} is not in ${kubeconfig}; it has ${contextsIn(kubeConfig)}`,
  );
}

function loadPod(): Loaded {
  if (process.env['KUBERNETES_SERVICE_HOST'] === undefined) {
    throw invalidKubeconfig(
      'no kubeconfig is named, and this is not a pod of the cluster; set kubeconfig: of the target in purser.yaml',
    );
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromCluster();
  return { kubeConfig, content: {} };
}

// Parsed here and passed on as JSON: client-node knows no merge keys, and its errors quote the file.
function loadFile(file: string): Loaded {
  const given = readYaml(readText(file), `the kubeconfig ${file}`);
  const content = readContent(file, given);
  const kubeConfig = new KubeConfig();
  // Only the entries that are used must be complete.
  kubeConfig.loadFromString(JSON.stringify(given), { onInvalidEntry: 'filter' });
  kubeConfig.makePathsAbsolute(path.dirname(file));
  return { kubeConfig, content };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = errorMessage(error);
    throw invalidKubeconfig(`the kubeconfig ${file} cannot be read: ${reason}`);
  }
}
