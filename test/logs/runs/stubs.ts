import type { Plan } from '../../../activities/logs/collect/plan.ts';
import type { Collected } from '../../../src/logs/model/collect-request.ts';
import type { PlannedRun } from '../../../src/logs/collect/plan.ts';
import type { Source } from '../../../src/logs/manifest.ts';
import type { Stubs } from '../../support/workflow-environment.ts';

const BUNDLE = '20260101T000000Z-1234';
export const NAMESPACE = 'openshift-image-registry';

export function runOf(pod: string): PlannedRun {
  return {
    run: {
      namespace: NAMESPACE,
      selector: 'docker-registry=default',
      pod,
      podUid: `uid-${pod}`,
      container: 'registry',
      run: `id-${pod}`,
      restarts: 0,
    },
    isPrevious: false,
    hasEnded: false,
    file: `${pod}.log.gz`,
  };
}

export function planOf(pods: readonly string[], more: Partial<Plan> = {}): Plan {
  return {
    bundle: BUNDLE,
    since: '2026-01-01T00:00:00Z',
    until: '2026-01-01T01:00:00Z',
    runs: pods.map(runOf),
    events: [{ namespace: NAMESPACE, file: 'events.json.gz' }],
    lost: [],
    ...more,
  };
}

export function sourceOf(more: Partial<Source> = {}): Source {
  return {
    kind: 'container',
    namespace: NAMESPACE,
    previous: false,
    lines: 10,
    bytes: 1_000,
    gaps: [],
    caps: [],
    redactions: {},
    ...more,
  };
}

export const COLLECTED: Collected = {
  target: 'prod',
  bundle: BUNDLE,
  location: `archive/logs/${BUNDLE}`,
  lines: 20,
  bytes: 2_000,
  fileBytes: 200,
  gaps: 0,
  capped: 0,
  failed: 0,
  redacted: 0,
  cursors: {},
};

export const GOOD: Stubs = {
  planCollection: () => planOf(['a', 'b']),
  collectContainerLog: () => ({ source: sourceOf() }),
  collectEvents: () => ({ namespace: NAMESPACE, source: sourceOf({ kind: 'events' }) }),
  sealBundle: () => COLLECTED,
  pruneBundles: () => ({ removed: [], held: 0 }),
  discardBundle: () => undefined,
};
