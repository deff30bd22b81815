import type { Cluster } from '../src/kubernetes/api/cluster.ts';
import type { Reach } from '../src/openshift/registry-location.ts';
import type { RoleSet } from '../src/access/model/access.ts';
import type { GrantTime } from '../src/access/model/first-login.ts';
import type { GrantPolicy } from '../src/access/model/policy.ts';
import type { MetricRules, ProbeSettings } from '../src/health/model/probe.ts';
import type { Executions } from './executions.ts';

/** One cluster with its registry, as the activities of its worker need it. */
export interface Target {
  readonly name: string;
  readonly cluster: Cluster;
  readonly executions: Executions;
  readonly roles: RoleSet;
  readonly policy: GrantPolicy;
  readonly grant: GrantTime;
  /** Whether logins may be made beforehand (`grants.provision`). */
  readonly mayProvision: boolean;
  readonly readSecrets: boolean;
  readonly registry: {
    readonly reach: Reach;
    readonly connect?: { readonly host: string; readonly port: number };
    /** PEM text. */
    readonly ca?: string;
    readonly realm?: string;
  };
  /** How long steps are tried again, in milliseconds; see AttemptOptions. */
  readonly patience: number;
  readonly proof: {
    readonly mintTokens: boolean;
    readonly serviceAccountTokens: readonly string[];
    readonly canary: boolean;
  };
  readonly health: { readonly probe: ProbeSettings; readonly rules: MetricRules };
  /** The namespaces whose logs are collected. */
  readonly logNamespaces: readonly string[];
  /** Called at each named point of an activity; a crash test ends the process there. */
  readonly at: (point: string) => void;
}
