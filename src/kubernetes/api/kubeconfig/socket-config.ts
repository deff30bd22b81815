import { Agent } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { AS_GO_CHECKS } from '../../../net/certificate.ts';
import type { KubeconfigContext } from './context.ts';
import type { RequestCredentials, ServerTls } from './credentials.ts';

/**
 * A resolved kubeconfig for client-node's WebSockets: its credentials and its trust are those that were found
 * for this one connection.
 */
export function socketConfig(
  { cluster, user, proxy }: KubeconfigContext,
  { headers, cert, key }: RequestCredentials,
  { ca }: ServerTls,
): KubeConfig {
  const kubeConfig = new SocketConfig(headers);
  const { name, server, skipTLSVerify, tlsServerName } = cluster;
  kubeConfig.loadFromClusterAndUser(
    {
      name,
      server,
      skipTLSVerify,
      ...(ca === undefined ? {} : { caData: base64(ca) }),
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
      ...(proxy === undefined ? {} : { proxyUrl: proxy.url }),
    },
    {
      name: user.name,
      ...(cert === undefined || key === undefined
        ? {}
        : { certData: base64(cert), keyData: base64(key) }),
    },
  );
  return kubeConfig;
}

class SocketConfig extends KubeConfig {
  readonly #headers: RequestCredentials['headers'];

  constructor(headers: RequestCredentials['headers']) {
    super();
    this.#headers = headers;
  }

  override async applyToHTTPSOptions(
    options: Parameters<KubeConfig['applyToHTTPSOptions']>[0],
  ): Promise<void> {
    await super.applyToHTTPSOptions(options);
    options.headers = { ...options.headers, ...this.#headers };
    // client-node makes the agent itself, and does not know these options.
    if (options.agent instanceof Agent) Object.assign(options.agent.options, AS_GO_CHECKS);
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
