import type { RegistryMetrics } from '../../activities/health/read-metrics.ts';
import type { NotifierTest } from '../../activities/alerts/notify.ts';
import type { AccessPage } from '../../src/access/model/grants/access-list.ts';
import { createFinding } from '../../src/domain/finding.ts';
import type { DoctorCheck } from '../../src/domain/finding.ts';
import type { HealthHistory } from '../../src/health/model/history.ts';
import type { IdentityCheck } from '../../src/identity/model/provider-check.ts';

const FROM = '2026-01-01T00:00:00.000Z';
const TO = '2026-01-02T00:00:00.000Z';

/** One part of the time that a history sums up. */
export const SPAN = { from: FROM, to: TO, buckets: 1 };

export const ACCESS_PAGE: AccessPage = {
  rows: [
    {
      subject: 'alice',
      access: 'pull:team-a',
      role: 'registry-viewer',
      since: FROM,
      state: 'proven',
      madeBy: 'onboard/prod/User/alice',
    },
  ],
};

export const IDENTITY_CHECK: IdentityCheck = {
  target: 'prod',
  kind: 'oauth',
  providers: [
    {
      provider: 'corp',
      type: 'LDAP',
      verdict: 'doubtful',
      findings: [
        {
          ...createFinding('warning', 'tls', 'its certificate ends in 9 days', 'renew it'),
          provider: 'corp',
          type: 'LDAP',
        },
      ],
      seen: ['the directory answers'],
    },
  ],
  findings: [],
};

/** What a doctor's check found in order. */
export function doctorCheck(name: string): DoctorCheck {
  return { name, seen: `${name} is fine` };
}

const NUMBERS: RegistryMetrics['all'] = {
  upSeconds: 60,
  requests: { '2xx': 3, '401': 1 },
  inFlight: 0,
  operations: [],
  storageErrors: [],
  pullThroughErrors: [],
};

export const METRICS: RegistryMetrics = {
  replicas: [{ replica: 'image-registry-1', failure: 'it does not answer' }],
  all: NUMBERS,
};

export const HISTORY: HealthHistory = {
  target: 'prod',
  from: FROM,
  to: TO,
  runs: 1,
  verdicts: ['healthy'],
  checks: [
    {
      check: 'pods',
      found: ['healthy'],
      counts: { healthy: 1, degraded: 0, unhealthy: 0, unknown: 0 },
      ms: { name: 'pods', mean: 5, max: 5, means: [5] },
      latencies: [],
    },
  ],
  events: [{ at: FROM, told: ['pods firing'] }],
};

export const NOTIFIER_TEST: NotifierTest = {
  notifier: 'chat',
  type: 'slack',
  ok: true,
  detail: '200 ok',
  durationMs: 12,
};
