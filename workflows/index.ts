// The entry of the workflow bundle: the worker finds workflows by these names.
export { checkIdentity } from './reads/check-identity.ts';
export { checkTarget } from './reads/check-target.ts';
export { listAccess } from './reads/list-access.ts';
export { notify } from './alerts/notify.ts';
export { testNotifiers } from './alerts/test-notifiers.ts';
export { checkHealth } from './health/check-health.ts';
export { healthHistory, lastHealth } from './health/health-history.ts';
export { readMetrics } from './metrics/read-metrics.ts';
export { collectLogs } from './logs/collect-logs.ts';
export { onboard } from './onboard.ts';
export { revoke } from './revoke.ts';
export { sweep } from './sweep.ts';
