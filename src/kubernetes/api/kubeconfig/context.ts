import type { KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from '@kubernetes/client-node';
import type { User } from '@kubernetes/client-node';
import type { Proxy } from './proxy.ts';
/** The login command of a kubeconfig's user: `exec`, an exec plugin of client-go. */
export interface LoginCommand {
  readonly command: string;
  readonly args?: readonly string[] | null | undefined;
  readonly env?:
    | readonly { readonly name: string; readonly value?: string | null | undefined }[]
    | null
    | undefined;
  readonly apiVersion?: string | undefined;
  readonly provideClusterInfo?: boolean | null | undefined;
  readonly installHint?: string | null | undefined;
  /** The kubeconfig's folder: a command with a slash is relative to it, others are found in PATH. */
  readonly folder: string;
}

/** The access to a cluster: a kubeconfig file, or the pod's own service account. */
export interface ClusterAddress {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** One context of a kubeconfig, its paths absolute. */
export interface KubeconfigContext {
  /** As client-node has read it. */
  readonly kubeConfig: KubeConfig;
  readonly cluster: Cluster;
  readonly user: User;
  /** Holds the token, and is read for each request: it wins over `user.token`. */
  readonly tokenFile?: string | undefined;
  readonly login?: LoginCommand | undefined;
  /** The proxy to the API server; undefined: none. */
  readonly proxy: Proxy | undefined;
  /** The cluster's own settings for its login command. */
  readonly loginConfig?: unknown;
}
