import type { Cause } from '../../../src/domain/cause.ts';
import type { CheckName, Verdict } from '../../../src/health/model/checks.ts';
import {
  AT,
  crashing,
  deleted,
  inTurn,
  notReady,
  patched,
  podStatus,
  registryFault,
  replicaFault,
  withoutMetrics,
} from './faults.ts';
import type { Break } from './faults.ts';
import type { Settings } from './health-checks.ts';

/** What is broken, who is to find it, and what it is to say. */
export interface Row {
  readonly fault: string;
  readonly break: Break;
  readonly check: CheckName;
  readonly verdict: Verdict;
  readonly cause: Cause;
  readonly says: RegExp;
  readonly settings?: Settings;
  /** Whether writing and reading work, by the write path's own word. */
  readonly writes?: 0 | 1;
  readonly reads?: 0 | 1;
  /** Checks that must not take it for theirs. */
  readonly spared?: readonly CheckName[];
}

const REASON = { type: 'Available', status: 'False', message: 'Available: no pod' };
const SINCE = '2026-11-24T05:00:00Z';

function operatorSays(type: string, status: string, reason: string): Break {
  return patched(AT.operator, () => ({
    status: { conditions: [{ ...REASON, type, status, reason, lastTransitionTime: SINCE }] },
  }));
}

/** Each fault that the issue names, and a few more. */
export const ROWS: readonly Row[] = [
  {
    fault: 'the registry is stopped',
    break: registryFault({ stopped: true }),
    check: 'endpoint',
    verdict: 'unhealthy',
    cause: 'tcp',
    says: /^route: .*connecting to/,
    spared: ['operator', 'workload', 'identity'],
  },
  {
    fault: 'the registry is stopped (as a push sees it)',
    break: registryFault({ stopped: true }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'tcp',
    says: /^login fails: .*neither reading nor writing works/,
    writes: 0,
    reads: 0,
  },
  {
    fault: 'the registry hangs',
    break: registryFault({ hang: true }),
    settings: { probe: { answerWithinSeconds: 1 } },
    check: 'endpoint',
    verdict: 'unhealthy',
    cause: 'timeout',
    says: /^route: GET \/healthz .*no answer/,
    spared: ['operator', 'workload', 'identity'],
  },
  {
    fault: 'the registry hangs (as a push sees it)',
    break: registryFault({ hang: true }),
    settings: { probe: { answerWithinSeconds: 1 } },
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'timeout',
    says: /^login fails/,
  },
  {
    fault: 'every upload is 500, and reads are fine',
    break: registryFault({ uploadStatus: 500 }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'server-error',
    says: /^push fails: .*500.*; reading works$/,
    writes: 0,
    reads: 1,
    spared: ['endpoint', 'operator', 'pods'],
  },
  {
    fault: 'the storage is full',
    break: registryFault({ storageFull: true }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /^push fails: .*; reading works$/,
    writes: 0,
    reads: 1,
    spared: ['endpoint'],
  },
  {
    fault: 'the storage is read-only',
    break: registryFault({ readOnly: true }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /^push fails: .*read-only.*; reading works$/,
    writes: 0,
    reads: 1,
    spared: ['endpoint'],
  },
  {
    fault: 'the storage is ill: 503 on every path',
    break: registryFault({ unhealthy: true }),
    check: 'endpoint',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /^route: GET \/healthz .*503/,
  },
  {
    fault: 'the storage is ill (as a push sees it)',
    break: registryFault({ unhealthy: true }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /^login fails: .*503/,
  },
  {
    fault: 'other bytes are served than were pushed',
    break: registryFault({ wrongDigest: true }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /^pull fails: .*digest.*; writing works$/,
    writes: 1,
    reads: 0,
    spared: ['endpoint'],
  },
  {
    fault: 'one replica of two serves other bytes',
    break: replicaFault(1, { wrongDigest: true }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /^pull from image-registry-1 fails/,
    writes: 1,
    reads: 0,
  },
  {
    fault: 'answers are slow',
    break: registryFault({ slowMs: 3_500 }),
    settings: { probe: { slowSeconds: 3 } },
    check: 'endpoint',
    verdict: 'degraded',
    cause: 'slow',
    says: /^route: \/healthz took 3\.\d s, more than 3 s/,
  },
  {
    fault: 'too many requests',
    break: registryFault({ requestLimit: true }),
    check: 'write-path',
    verdict: 'degraded',
    cause: 'rate-limited',
    says: /^login fails: .*429/,
    spared: ['endpoint'],
  },
  {
    fault: 'the token endpoint is broken',
    break: registryFault({ tokenRoute: 'broken' }),
    check: 'write-path',
    verdict: 'unhealthy',
    cause: 'server-error',
    says: /^login fails: .*\/openshift\/token/,
    writes: 0,
    reads: 0,
    spared: ['endpoint'],
  },
  {
    fault: 'the default route is gone',
    break: deleted(AT.route, AT.routes),
    check: 'endpoint',
    verdict: 'unhealthy',
    cause: 'not-found',
    says: /^route: .*no router has admitted one/,
    spared: ['pods', 'metrics'],
  },
  {
    fault: 'the right to the metrics is taken away',
    break: withoutMetrics,
    check: 'metrics',
    verdict: 'unknown',
    cause: 'probe',
    says: /image-registry-0: Purser may not read its metrics/,
    spared: ['endpoint', 'pods'],
  },
  {
    fault: 'no pod is ready',
    break: (at) => inTurn(at, [podStatus(0, notReady), podStatus(1, notReady)]),
    check: 'pods',
    verdict: 'unhealthy',
    cause: 'not-ready',
    says: /none of the registry's 2 pods is ready/,
    spared: ['operator'],
  },
  {
    fault: 'a pod is killed for its memory, again and again',
    break: podStatus(1, crashing('OOMKilled', 137)),
    check: 'pods',
    verdict: 'degraded',
    cause: 'out-of-memory',
    says: /image-registry-1 crashes again and again \(4 restarts\); it ended last with OOMKilled/,
    spared: ['endpoint', 'write-path'],
  },
  {
    fault: 'every pod crashes again and again',
    break: (at) =>
      inTurn(at, [podStatus(0, crashing('Error', 2)), podStatus(1, crashing('Error', 2))]),
    check: 'pods',
    verdict: 'unhealthy',
    cause: 'crash-loop',
    says: /image-registry-0 crashes again and again .*Error \(exit code 2\)/,
  },
  {
    fault: 'an identity provider is down',
    break: patched(AT.oauth, ({ spec }) => ({ spec: withDeadProvider(spec) })),
    check: 'identity',
    verdict: 'degraded',
    cause: 'probe',
    says: /^sso: .*as seen from the worker/,
    spared: ['endpoint', 'write-path'],
  },
  {
    fault: 'managementState is Removed',
    break: patched(AT.config, () => ({ spec: { managementState: 'Removed' } })),
    check: 'operator',
    verdict: 'unhealthy',
    cause: 'configuration',
    says: /managementState is Removed: there is no registry, though its operator says Available/,
  },
  {
    fault: 'the operator says not Available for two reasons at once',
    break: operatorSays('Available', 'False', 'NoReplicasAvailable::StorageNotConfigured'),
    check: 'operator',
    verdict: 'unhealthy',
    cause: 'storage',
    says: /not Available: NoReplicasAvailable, StorageNotConfigured .*since 2026-11-24T05:00:00Z/,
    spared: ['endpoint', 'write-path'],
  },
  {
    fault: 'an image prune failed',
    break: patched(AT.pruner, () => ({
      status: {
        conditions: [
          {
            type: 'Failed',
            status: 'True',
            reason: 'BackoffLimitExceeded',
            lastTransitionTime: SINCE,
          },
        ],
      },
    })),
    check: 'workload',
    verdict: 'degraded',
    cause: 'configuration',
    says: /image prune failed \(BackoffLimitExceeded.*no outage/,
    spared: ['operator', 'endpoint'],
  },
  {
    fault: 'node-ca is missing on a node',
    break: patched(AT.nodeCa, () => ({ status: { numberAvailable: 0 } })),
    check: 'workload',
    verdict: 'degraded',
    cause: 'not-ready',
    says: /node-ca is missing on 1 of 1 nodes/,
    spared: ['pods'],
  },
];

function withDeadProvider(spec: unknown): object {
  const { identityProviders = [] } = spec as { readonly identityProviders?: readonly unknown[] };
  const sso = {
    name: 'sso',
    mappingMethod: 'claim',
    type: 'OpenID',
    openID: {
      clientID: 'openshift',
      clientSecret: { name: 'sso' },
      // The port that is nobody's.
      issuer: 'https://127.0.0.1:1',
      claims: { preferredUsername: ['preferred_username'] },
    },
  };
  return { identityProviders: [...identityProviders, sso] };
}
